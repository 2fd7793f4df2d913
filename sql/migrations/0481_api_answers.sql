-- +goose Up
-- What a request with an Idempotency-Key was answered, so that the same request
-- sent again is answered alike and does nothing. Kept for a day.
CREATE TABLE api_answers (
  token_id INT UNSIGNED NOT NULL,
  idem_key VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  request  BINARY(32) NOT NULL,              -- SHA-256 of what was asked
  at       DATETIME(3) NOT NULL,
  status   SMALLINT UNSIGNED NOT NULL DEFAULT 0, -- 0: it is being done
  body     MEDIUMTEXT NOT NULL,
  PRIMARY KEY (token_id, idem_key),
  KEY api_answers_at (at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
