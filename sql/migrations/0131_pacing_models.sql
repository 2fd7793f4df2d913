-- +goose Up
CREATE TABLE pacing_models (
  campaign_id VARCHAR(8) NOT NULL,
  saved_at    DATETIME(3) NOT NULL,
  model       MEDIUMTEXT NOT NULL, -- what PREDICTIVE has learnt, JSON
  adapt       TEXT NOT NULL,       -- where the ADAPT methods' level stands, JSON
  PRIMARY KEY (campaign_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
