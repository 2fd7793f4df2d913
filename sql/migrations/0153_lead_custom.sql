-- +goose Up
CREATE TABLE lead_custom (
  lead_id BIGINT UNSIGNED NOT NULL,
  vals    JSON NOT NULL,                     -- object of the list's custom_fields by name
  PRIMARY KEY (lead_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
