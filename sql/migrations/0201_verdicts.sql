-- +goose Up
-- What a verdict hung on and many calls share: the rule packs, the number's
-- places and zones, the campaign's settings. The id is a hash of the text, so
-- that a row is written once and never changes.
CREATE TABLE verdicts (
  id     BIGINT UNSIGNED NOT NULL,
  inputs TEXT NOT NULL,          -- JSON
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
