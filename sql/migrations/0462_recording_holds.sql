-- +goose Up
CREATE TABLE recording_holds (
  call_id BIGINT UNSIGNED NOT NULL,
  reason  VARCHAR(255) NOT NULL,
  by_     VARCHAR(64) NOT NULL, -- who asked for it
  at      DATETIME(3) NOT NULL,
  PRIMARY KEY (call_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
