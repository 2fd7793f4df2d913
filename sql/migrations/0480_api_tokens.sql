-- +goose Up
-- What programs sign in with: each stands for a user, with a part of the user's
-- rights. Of the token itself only its SHA-256 is kept.
CREATE TABLE api_tokens (
  id         INT UNSIGNED NOT NULL AUTO_INCREMENT,
  name       VARCHAR(80) NOT NULL,
  token_hash BINARY(32) NOT NULL,
  user_id    INT UNSIGNED NOT NULL,
  rights     VARCHAR(120) NOT NULL,          -- separated by spaces
  campaigns  TEXT NOT NULL,                  -- ids separated by spaces; *: all that concern the user
  active     TINYINT(1) NOT NULL DEFAULT 1,
  expires_on DATE NOT NULL,                  -- the last day (UTC) on which it works
  created_at DATETIME(3) NOT NULL,
  used_at    DATETIME(3) NULL,               -- to the minute
  used_ip    VARCHAR(45) NOT NULL DEFAULT '',
  PRIMARY KEY (id),
  UNIQUE KEY api_tokens_name (name),
  UNIQUE KEY api_tokens_hash (token_hash)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
