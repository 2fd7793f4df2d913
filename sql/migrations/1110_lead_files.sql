-- +goose Up
-- Lead files that the pages took, until their imports have no more use for them.
CREATE TABLE lead_files (
  id         INT UNSIGNED NOT NULL AUTO_INCREMENT,
  created_at DATETIME(3) NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
