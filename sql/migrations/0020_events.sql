-- +goose Up
CREATE TABLE events (
  id          BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  at          DATETIME(3) NOT NULL,
  server_id   SMALLINT UNSIGNED NOT NULL,
  kind        VARCHAR(16) NOT NULL, -- agent, call, campaign
  session_id  BIGINT UNSIGNED NULL,
  call_id     BIGINT UNSIGNED NULL,
  campaign_id VARCHAR(8) NOT NULL DEFAULT '',
  PRIMARY KEY (id),
  KEY events_at (at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
