-- +goose Up
CREATE TABLE lead_recycles (
  campaign_id  VARCHAR(8) NOT NULL,
  status       VARCHAR(6) NOT NULL,
  delay_s      INT UNSIGNED NOT NULL,        -- from the last call on
  max_attempts SMALLINT UNSIGNED NOT NULL,   -- calls beyond the first of each round
  PRIMARY KEY (campaign_id, status)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
