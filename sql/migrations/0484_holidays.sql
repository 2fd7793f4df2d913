-- +goose Up
CREATE TABLE holidays (
  id         INT UNSIGNED NOT NULL AUTO_INCREMENT,
  day        DATE NOT NULL,
  name       VARCHAR(80) NOT NULL,
  hours      VARCHAR(80) NOT NULL DEFAULT '', -- in which calls are placed all the same; '': none
  changed_at DATETIME(3) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY holidays_day (day)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
