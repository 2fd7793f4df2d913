-- +goose Up
-- How often phones were changed, counted in the transaction of each change: so each
-- telephony server sees by one row, and not by reading all its phones, that there
-- is something for its Asterisk. (One row, id 1.)
CREATE TABLE phone_changes (
  id      TINYINT UNSIGNED NOT NULL,
  changes BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
