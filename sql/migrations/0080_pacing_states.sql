-- +goose Up
CREATE TABLE pacing_states (
  campaign_id VARCHAR(8) NOT NULL,
  server_id   SMALLINT UNSIGNED NOT NULL,
  decided_at  DATETIME(3) NOT NULL,
  place       INT NOT NULL,
  bound       VARCHAR(12) NOT NULL,
  reason      VARCHAR(500) NOT NULL, -- the last decision in a sentence
  saved_at    DATETIME(3) NULL,
  model       MEDIUMTEXT NULL,       -- what PREDICTIVE has learnt, JSON
  PRIMARY KEY (campaign_id, server_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
