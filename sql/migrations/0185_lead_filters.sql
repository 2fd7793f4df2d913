-- +goose Up
CREATE TABLE lead_filters (
  id         VARCHAR(20) NOT NULL,
  name       VARCHAR(80) NOT NULL DEFAULT '',
  conditions TEXT NOT NULL,                  -- JSON: a hopper.Filter
  changed_at DATETIME(3) NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
