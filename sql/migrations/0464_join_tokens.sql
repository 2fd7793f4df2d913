-- +goose Up
CREATE TABLE join_tokens (
  id         CHAR(64) NOT NULL,            -- SHA-256 of the token: whoever reads this table cannot join
  server     VARCHAR(32) NOT NULL,         -- the host that it lets in
  roles      VARCHAR(32) NOT NULL,
  payload    BLOB NOT NULL,                -- its configuration, sealed by the token
  made_by    VARCHAR(64) NOT NULL,
  made_at    DATETIME(3) NOT NULL,
  expires_at DATETIME(3) NOT NULL,
  used_at    DATETIME(3) NULL,
  used_from  VARCHAR(45) NOT NULL DEFAULT '',
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
