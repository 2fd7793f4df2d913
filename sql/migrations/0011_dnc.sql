-- +goose Up
CREATE TABLE dnc (
  campaign_id VARCHAR(8) NOT NULL DEFAULT '', -- '': the whole system
  e164        VARCHAR(16) NOT NULL,
  source      VARCHAR(16) NOT NULL,           -- agent, key (safe-harbour opt-out), import, admin
  added_at    DATETIME(3) NOT NULL,
  PRIMARY KEY (e164, campaign_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
