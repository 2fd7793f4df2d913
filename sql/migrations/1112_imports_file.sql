-- +goose Up
ALTER TABLE imports
  ADD COLUMN file_id INT UNSIGNED NOT NULL DEFAULT 0,  -- of lead_files; 0: the command line's, or still in path
  ADD COLUMN epoch INT UNSIGNED NOT NULL DEFAULT 0,    -- fencing: grows with each process that takes the work up
  ADD KEY imports_file (file_id);
