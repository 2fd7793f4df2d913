-- +goose Up
-- Their bytes, cut so that each statement is far below max_allowed_packet.
CREATE TABLE lead_file_parts (
  file_id INT UNSIGNED NOT NULL,
  n       INT UNSIGNED NOT NULL,      -- from 0; all but the last are of one length
  digest  BINARY(32) NOT NULL,        -- SHA-256 of body
  body    MEDIUMBLOB NOT NULL,
  PRIMARY KEY (file_id, n)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
