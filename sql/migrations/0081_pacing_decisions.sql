-- +goose Up
CREATE TABLE pacing_decisions (
  id          BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  campaign_id VARCHAR(8) NOT NULL,
  server_id   SMALLINT UNSIGNED NOT NULL,
  decided_at  DATETIME(3) NOT NULL,
  place       INT NOT NULL,
  bound       VARCHAR(12) NOT NULL,
  reason      VARCHAR(500) NOT NULL,
  input       MEDIUMTEXT NOT NULL, -- what the decision rested on, JSON: it can be made again
  model       MEDIUMTEXT NOT NULL, -- and the model as it was just before
  PRIMARY KEY (id),
  KEY pacing_decisions_at (campaign_id, decided_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
