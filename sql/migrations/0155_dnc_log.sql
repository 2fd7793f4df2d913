-- +goose Up
-- Append-only: what was put on a do-not-call list or taken off, and by whom.
CREATE TABLE dnc_log (
  id          BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  at          DATETIME(3) NOT NULL,
  action      VARCHAR(6) NOT NULL,           -- add, remove
  campaign_id VARCHAR(8) NOT NULL DEFAULT '',
  e164        VARCHAR(16) NOT NULL,
  source      VARCHAR(16) NOT NULL,
  user_id     INT UNSIGNED NOT NULL DEFAULT 0,
  note        VARCHAR(120) NOT NULL DEFAULT '',
  PRIMARY KEY (id),
  KEY dnc_log_number (e164, id),
  KEY dnc_log_at (at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
