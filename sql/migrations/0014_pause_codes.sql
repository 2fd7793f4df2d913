-- +goose Up
CREATE TABLE pause_codes (
  campaign_id VARCHAR(8) NOT NULL DEFAULT '', -- '': every campaign
  code        VARCHAR(6) NOT NULL,
  name        VARCHAR(40) NOT NULL,
  position    SMALLINT NOT NULL DEFAULT 0,
  PRIMARY KEY (campaign_id, code)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
