-- +goose Up
-- Named calling hours: a week of the callee's days, what some states narrow in
-- it, and whether the holidays are kept. Only what is narrower than the law counts.
CREATE TABLE call_times (
  id         VARCHAR(20) NOT NULL,
  name       VARCHAR(80) NOT NULL,
  mon        VARCHAR(80) NOT NULL DEFAULT '',  -- times such as 9:00-12:30 13:30-20:00; '': closed
  tue        VARCHAR(80) NOT NULL DEFAULT '',
  wed        VARCHAR(80) NOT NULL DEFAULT '',
  thu        VARCHAR(80) NOT NULL DEFAULT '',
  fri        VARCHAR(80) NOT NULL DEFAULT '',
  sat        VARCHAR(80) NOT NULL DEFAULT '',
  sun        VARCHAR(80) NOT NULL DEFAULT '',
  states     TEXT NOT NULL,                    -- lines such as FL Sat closed
  holidays   TINYINT(1) NOT NULL DEFAULT 1,    -- keeps the table of holidays
  campaigns  TEXT NOT NULL,                    -- that keep it: ids separated by spaces; *: all
  hours      MEDIUMTEXT NOT NULL,              -- all of that as dialing reads it; written with each change
  changed_at DATETIME(3) NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
