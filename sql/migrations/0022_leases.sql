-- +goose Up
CREATE TABLE leases (
  name       VARCHAR(32) NOT NULL,
  holder     VARCHAR(64) NOT NULL,
  epoch      BIGINT UNSIGNED NOT NULL, -- fencing: grows with each new holder
  expires_at DATETIME(3) NOT NULL,
  PRIMARY KEY (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
