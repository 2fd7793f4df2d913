-- +goose Up
CREATE TABLE audit (
  id      BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  at      DATETIME(3) NOT NULL,
  user_id INT UNSIGNED NOT NULL,
  action  VARCHAR(32) NOT NULL,
  object  VARCHAR(64) NOT NULL,
  before_ TEXT NOT NULL,
  after_  TEXT NOT NULL,
  PRIMARY KEY (id),
  KEY audit_at (at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
