-- +goose Up
CREATE TABLE scripts (
  id          VARCHAR(20) NOT NULL,
  name        VARCHAR(80) NOT NULL,
  campaign_id VARCHAR(8) NOT NULL DEFAULT '', -- '': any campaign may use it
  body        TEXT NOT NULL,                  -- HTML of few kinds, cleaned before it is shown
  changed_at  DATETIME(3) NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
