-- +goose Up
-- A lead's further numbers. n = 1 is alt_phone, n = 2 address3 when it holds a
-- number, from 3 on what the import's columns gave.
CREATE TABLE lead_phones (
  lead_id      BIGINT UNSIGNED NOT NULL,
  n            SMALLINT UNSIGNED NOT NULL,
  label        VARCHAR(20) NOT NULL DEFAULT '',
  e164         VARCHAR(16) NOT NULL,
  phone_code   VARCHAR(10) NOT NULL,
  phone_number VARCHAR(18) NOT NULL,
  zone_set     SMALLINT UNSIGNED NOT NULL,       -- of this number and the lead's address
  active       BOOLEAN NOT NULL DEFAULT TRUE,
  status       VARCHAR(6) NOT NULL DEFAULT '',   -- what became of the last call to it
  called_count SMALLINT UNSIGNED NOT NULL DEFAULT 0,
  called_at    DATETIME(3) NULL,
  PRIMARY KEY (lead_id, n),
  KEY lead_phones_number (e164)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
