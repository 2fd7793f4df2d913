-- +goose Up
CREATE TABLE recordings (
  call_id    BIGINT UNSIGNED NOT NULL,
  server_id  SMALLINT UNSIGNED NOT NULL,
  file       VARCHAR(128) NOT NULL, -- below the server's recordings folder; named by us
  started_at DATETIME(3) NOT NULL,
  PRIMARY KEY (call_id, file)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
