-- +goose Up
-- The text of every rule pack that has judged a call here.
CREATE TABLE rule_packs (
  sha256  CHAR(64) NOT NULL,
  name    VARCHAR(40) NOT NULL,
  version VARCHAR(24) NOT NULL,
  text    MEDIUMTEXT NOT NULL,
  seen_at DATETIME(3) NOT NULL,  -- first in use
  PRIMARY KEY (sha256)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
