-- +goose Up
CREATE TABLE zone_sets (
  id    SMALLINT UNSIGNED NOT NULL AUTO_INCREMENT,
  zones VARCHAR(512) NOT NULL, -- IANA names, sorted, comma-separated; empty: unknown
  PRIMARY KEY (id),
  UNIQUE KEY zone_sets_zones (zones)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
