-- +goose Up
-- When lists were compared with a do-not-call register of a country, be it that
-- nothing was found: the law asks how long ago that was.
CREATE TABLE scrubs (
  id       INT UNSIGNED NOT NULL AUTO_INCREMENT,
  register VARCHAR(20) NOT NULL,             -- as the calling rules name it
  at       DATETIME(3) NOT NULL,             -- of what day the register's data is
  numbers  INT UNSIGNED NOT NULL DEFAULT 0,  -- that it had and were put on the do-not-call list
  user_id  INT UNSIGNED NOT NULL DEFAULT 0,  -- 0: the command line
  note     VARCHAR(120) NOT NULL DEFAULT '',
  noted_at DATETIME(3) NOT NULL,
  PRIMARY KEY (id),
  KEY scrubs_register (register, at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
