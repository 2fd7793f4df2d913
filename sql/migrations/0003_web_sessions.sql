-- +goose Up
CREATE TABLE web_sessions (
  token_hash BINARY(32) NOT NULL, -- SHA-256 of the cookie's random token
  user_id    INT UNSIGNED NOT NULL,
  created_at DATETIME(3) NOT NULL,
  seen_at    DATETIME(3) NOT NULL,
  expires_at DATETIME(3) NOT NULL,
  ip         VARCHAR(45) NOT NULL DEFAULT '',
  PRIMARY KEY (token_hash),
  KEY web_sessions_user (user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
