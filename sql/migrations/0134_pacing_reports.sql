-- +goose Up
CREATE TABLE pacing_reports (
  campaign_id VARCHAR(8) NOT NULL,
  server_id   SMALLINT UNSIGNED NOT NULL,
  at          DATETIME(3) NOT NULL,
  report      MEDIUMTEXT NOT NULL, -- the server's agents and calls of the campaign, JSON
  PRIMARY KEY (campaign_id, server_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
