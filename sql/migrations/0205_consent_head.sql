-- +goose Up
-- The last row of consents. Who appends holds its lock until the commit.
CREATE TABLE consent_head (
  id   TINYINT NOT NULL,
  n    BIGINT UNSIGNED NOT NULL,
  hash CHAR(64) NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
