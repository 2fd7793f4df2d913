-- +goose Up
CREATE TABLE samples (
  server_id      SMALLINT UNSIGNED NOT NULL,
  at             DATETIME NOT NULL, -- the minute's begin
  cpu            DOUBLE NOT NULL,    -- share of all cores, 0 to 1
  memory         DOUBLE NOT NULL,    -- share that programs cannot have
  disk_free      BIGINT UNSIGNED NOT NULL,
  disk_size      BIGINT UNSIGNED NOT NULL,
  lines_up       INT UNSIGNED NOT NULL,
  agents         INT UNSIGNED NOT NULL,
  calls          INT UNSIGNED NOT NULL, -- placed within the minute
  cps            DOUBLE NOT NULL,        -- placed a second, in the minute's busiest 5 s
  db_questions   DOUBLE NOT NULL,        -- statements a second of all clients of the database
  db_running     INT UNSIGNED NOT NULL,
  db_connections INT UNSIGNED NOT NULL,
  db_bound       INT UNSIGNED NOT NULL,
  db_bytes       BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (server_id, at),
  KEY samples_at (at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
