-- +goose Up
CREATE TABLE imports (
  id         INT UNSIGNED NOT NULL AUTO_INCREMENT,
  list_id    INT UNSIGNED NOT NULL,
  user_id    INT UNSIGNED NOT NULL DEFAULT 0,  -- 0: the command line
  state      VARCHAR(8) NOT NULL,              -- NEW, CHECKING, CHECKED, RUNNING, PAUSED, DONE, FAILED, UNDOING, UNDONE
  file_name  VARCHAR(255) NOT NULL,            -- as its owner calls it
  path       VARCHAR(255) NOT NULL DEFAULT '', -- where the web server keeps it
  host       VARCHAR(32) NOT NULL DEFAULT '',  -- that server
  bytes      BIGINT UNSIGNED NOT NULL,
  digest     BINARY(32) NOT NULL,              -- tells the same file again
  options    MEDIUMTEXT NOT NULL,              -- JSON: columns, checks
  position   INT UNSIGNED NOT NULL DEFAULT 0,  -- rows dealt with; the next batch begins after them
  total_rows INT UNSIGNED NOT NULL DEFAULT 0,  -- 0: not counted yet
  accepted   INT UNSIGNED NOT NULL DEFAULT 0,
  rejected   INT UNSIGNED NOT NULL DEFAULT 0,
  duplicates INT UNSIGNED NOT NULL DEFAULT 0,
  dnc        INT UNSIGNED NOT NULL DEFAULT 0,
  report     MEDIUMTEXT NOT NULL,              -- JSON: header, reasons with their counts
  problem    VARCHAR(500) NOT NULL DEFAULT '', -- why it failed, a sentence
  holder     VARCHAR(64) NOT NULL DEFAULT '',  -- the process at work on it
  beat_at    DATETIME(3) NULL,
  created_at DATETIME(3) NOT NULL,             -- also created_at of its leads
  started_at DATETIME(3) NULL,
  done_at    DATETIME(3) NULL,
  PRIMARY KEY (id),
  KEY imports_list (list_id, id),
  KEY imports_state (state)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
