-- +goose Up
-- Append-only: what people said about being called. Each row's hash covers the
-- row before it, so that a row changed or taken out is found.
CREATE TABLE consents (
  n        BIGINT UNSIGNED NOT NULL,       -- 1, 2, 3 …
  at       DATETIME(3) NOT NULL,           -- when it was said
  e164     VARCHAR(16) NOT NULL,
  kind     VARCHAR(8) NOT NULL,            -- consent, revoke
  level    VARCHAR(8) NOT NULL DEFAULT '', -- of a consent: express, written
  source   VARCHAR(16) NOT NULL,           -- agent, key, admin, api, cli
  user_id  INT UNSIGNED NOT NULL DEFAULT 0,
  evidence VARCHAR(255) NOT NULL DEFAULT '', -- where the proof lies; of a revocation: the words
  prev     CHAR(64) NOT NULL,
  hash     CHAR(64) NOT NULL,
  PRIMARY KEY (n),
  KEY consents_number (e164, n)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
