-- +goose Up
-- How often something was tried of which there may be so many at once and one more
-- each while: wrong sign-ins, what API tokens ask. All web servers count here.
CREATE TABLE tries (
  what    BINARY(32) NOT NULL,  -- SHA-256 of who tries what
  back_at DATETIME(3) NOT NULL, -- when the last of its tries has come back
  PRIMARY KEY (what),
  KEY tries_back (back_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
