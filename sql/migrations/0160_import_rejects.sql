-- +goose Up
CREATE TABLE import_rejects (
  import_id INT UNSIGNED NOT NULL,
  row_no    INT UNSIGNED NOT NULL,   -- as a spreadsheet counts
  kind      VARCHAR(10) NOT NULL,    -- rejected, duplicate, dnc
  reason    VARCHAR(255) NOT NULL,
  record    TEXT NOT NULL,           -- the row as it was, CSV
  PRIMARY KEY (import_id, row_no)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
