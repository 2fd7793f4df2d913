-- +goose Up
ALTER TABLE audit
  ADD COLUMN n  INT UNSIGNED NOT NULL DEFAULT 0,    -- the object's changes counted from 1
  ADD COLUMN ip VARCHAR(45) NOT NULL DEFAULT '',    -- from where; '': from the command line
  ADD KEY audit_object (object, n),
  ADD KEY audit_user (user_id, id);
