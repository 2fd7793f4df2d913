-- +goose Up
CREATE TABLE agent_time_sums (
  campaign_id VARCHAR(8) NOT NULL,
  span        TINYINT UNSIGNED NOT NULL,
  at          DATETIME NOT NULL,
  user_id     INT UNSIGNED NOT NULL,
  state       VARCHAR(10) NOT NULL,
  pause_code  VARCHAR(6) NOT NULL,
  stretches   INT UNSIGNED NOT NULL,     -- that began in it
  ms          BIGINT UNSIGNED NOT NULL,  -- of all that reach into it, as far as they do
  PRIMARY KEY (campaign_id, span, at, user_id, state, pause_code)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
