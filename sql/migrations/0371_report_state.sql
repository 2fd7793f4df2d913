-- +goose Up
-- One row. Who sums up holds its lock until the commit.
CREATE TABLE report_state (
  id       TINYINT NOT NULL,
  seeded   BOOLEAN NOT NULL DEFAULT FALSE, -- the logs of before have their rows in report_changes
  hours_to DATETIME NOT NULL,              -- hours before it have their sums
  days_to  DATETIME NOT NULL,              -- likewise days of UTC
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
