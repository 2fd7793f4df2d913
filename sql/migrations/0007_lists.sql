-- +goose Up
CREATE TABLE lists (
  id          INT UNSIGNED NOT NULL,
  campaign_id VARCHAR(8) NOT NULL,
  name        VARCHAR(80) NOT NULL,
  active      BOOLEAN NOT NULL DEFAULT TRUE,
  created_at  DATETIME(3) NOT NULL,
  PRIMARY KEY (id),
  KEY lists_campaign (campaign_id, active)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
