-- +goose Up
-- What an agent noted of a call, kept with the call: leads.comments holds only
-- the newest.
CREATE TABLE call_notes (
  call_id BIGINT UNSIGNED NOT NULL,
  lead_id BIGINT UNSIGNED NOT NULL,
  user_id INT UNSIGNED NOT NULL,
  at      DATETIME(3) NOT NULL,
  note    VARCHAR(255) NOT NULL,
  PRIMARY KEY (call_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
