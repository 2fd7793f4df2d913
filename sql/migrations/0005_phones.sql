-- +goose Up
CREATE TABLE phones (
  id         INT UNSIGNED NOT NULL AUTO_INCREMENT,
  server_id  SMALLINT UNSIGNED NOT NULL,
  user_id    INT UNSIGNED NOT NULL DEFAULT 0,
  login      VARCHAR(32) NOT NULL, -- the PJSIP endpoint
  secret     VARCHAR(64) NOT NULL,
  kind       VARCHAR(8) NOT NULL,
  contact    VARCHAR(255) NOT NULL DEFAULT '',
  changed_at DATETIME(3) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY phones_login (login),
  KEY phones_server (server_id),
  KEY phones_user (user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
