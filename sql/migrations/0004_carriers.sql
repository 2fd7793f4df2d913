-- +goose Up
CREATE TABLE carriers (
  id          SMALLINT UNSIGNED NOT NULL AUTO_INCREMENT,
  name        VARCHAR(32) NOT NULL, -- the PJSIP endpoint
  host        VARCHAR(255) NOT NULL,
  port        INT NOT NULL DEFAULT 5060,
  dial_prefix VARCHAR(16) NOT NULL DEFAULT '',
  active      BOOLEAN NOT NULL DEFAULT TRUE,
  changed_at  DATETIME(3) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY carriers_name (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
