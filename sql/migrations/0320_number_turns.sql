-- +goose Up
-- Who commits calls takes its turn at the numbers first, so that no two commit a
-- call to one number without knowing of each other, whatever server they are of.
-- A number's place is a hash; the rows are made as they are needed.
CREATE TABLE number_turns (
  place SMALLINT UNSIGNED NOT NULL,
  turn  BIGINT UNSIGNED NOT NULL DEFAULT 1,
  PRIMARY KEY (place)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
