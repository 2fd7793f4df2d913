-- +goose Up
CREATE TABLE user_groups (
  id         VARCHAR(20) NOT NULL,
  name       VARCHAR(80) NOT NULL,
  campaigns  TEXT NOT NULL,          -- campaign ids separated by spaces; *: all
  changed_at DATETIME(3) NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
