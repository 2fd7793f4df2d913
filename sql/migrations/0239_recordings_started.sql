-- +goose Up
ALTER TABLE recordings ADD KEY recordings_started (started_at, call_id);
