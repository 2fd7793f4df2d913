-- +goose Up
-- How each server's registration with a carrier stands, in Asterisk's words.
CREATE TABLE carrier_registrations (
  server_id  INT UNSIGNED NOT NULL,
  carrier_id INT UNSIGNED NOT NULL,
  state      VARCHAR(20) NOT NULL,   -- Registered, Unregistered, Rejected, Stopped
  since      DATETIME(3) NOT NULL,
  PRIMARY KEY (server_id, carrier_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
