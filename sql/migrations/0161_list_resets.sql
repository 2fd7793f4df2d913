-- +goose Up
CREATE TABLE list_resets (
  id         INT UNSIGNED NOT NULL AUTO_INCREMENT,
  list_id    INT UNSIGNED NOT NULL,
  open       TINYINT NULL,                    -- 1 until done, then NULL
  user_id    INT UNSIGNED NOT NULL DEFAULT 0, -- 0: timed, or the command line
  source     VARCHAR(8) NOT NULL,             -- hand, timed
  leads      INT UNSIGNED NOT NULL DEFAULT 0, -- made dialable again so far
  started_at DATETIME(3) NOT NULL,
  done_at    DATETIME(3) NULL,
  PRIMARY KEY (id),
  UNIQUE KEY list_resets_open (list_id, open), -- one at a time
  KEY list_resets_list (list_id, started_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
