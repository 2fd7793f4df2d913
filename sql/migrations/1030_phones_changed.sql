-- +goose Up
-- Phones by when they were last set up: a host of an older version, which counts no
-- changes (0990), is seen by the newest of them, and that is one row of this index.
ALTER TABLE phones ADD KEY phones_changed (changed_at);
