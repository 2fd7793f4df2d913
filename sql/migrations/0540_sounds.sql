-- +goose Up
-- What campaigns play to callers. The sound of a row never changes: another one
-- is a row of its own, so that its files on the telephony servers never do either.
CREATE TABLE sounds (
  id         VARCHAR(32) CHARACTER SET ascii COLLATE ascii_general_ci NOT NULL, -- its file's name on each telephony server
  name       VARCHAR(80) NOT NULL,
  length_ms  INT UNSIGNED NOT NULL,
  sha256     CHAR(64) CHARACTER SET ascii NOT NULL,
  wav        MEDIUMBLOB NOT NULL, -- 8 kHz, 16 bits, one channel
  changed_at DATETIME(3) NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
