-- +goose Up
CREATE TABLE transfer_presets (
  id          INT UNSIGNED NOT NULL AUTO_INCREMENT,
  campaign_id VARCHAR(8) NOT NULL DEFAULT '', -- '': every campaign
  name        VARCHAR(40) NOT NULL,           -- what stands on the agent's button
  e164        VARCHAR(16) NOT NULL,
  position    SMALLINT NOT NULL DEFAULT 0,
  PRIMARY KEY (id),
  UNIQUE KEY transfer_presets_name (campaign_id, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
