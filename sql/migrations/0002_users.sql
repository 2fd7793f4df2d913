-- +goose Up
CREATE TABLE users (
  id         INT UNSIGNED NOT NULL AUTO_INCREMENT,
  username   VARCHAR(20) NOT NULL,
  full_name  VARCHAR(80) NOT NULL DEFAULT '',
  pass_hash  VARCHAR(255) NOT NULL,
  role       VARCHAR(16) NOT NULL,
  active     BOOLEAN NOT NULL DEFAULT TRUE,
  created_at DATETIME(3) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY users_username (username)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
