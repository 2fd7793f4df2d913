-- +goose Up
CREATE TABLE campaigns (
  id             VARCHAR(8) NOT NULL,
  name           VARCHAR(80) NOT NULL,
  active         BOOLEAN NOT NULL DEFAULT FALSE,
  dial_method    VARCHAR(20) NOT NULL DEFAULT 'RATIO',
  dial_level     DECIMAL(5,2) NOT NULL DEFAULT 1,
  dial_timeout_s INT NOT NULL DEFAULT 26,
  drop_ms        INT NOT NULL DEFAULT 2000,
  carrier_id     SMALLINT UNSIGNED NOT NULL,
  caller_id      VARCHAR(16) NOT NULL DEFAULT '',
  amd            VARCHAR(8) NOT NULL DEFAULT 'off',
  record         BOOLEAN NOT NULL DEFAULT TRUE,
  hopper_level   INT NOT NULL DEFAULT 0,
  call_from_min  SMALLINT NOT NULL DEFAULT 540,
  call_to_min    SMALLINT NOT NULL DEFAULT 1260,
  dial_statuses  VARCHAR(255) NOT NULL DEFAULT 'NEW',
  safe_harbour   VARCHAR(128) NOT NULL DEFAULT '',
  changed_at     DATETIME(3) NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
