-- +goose Up
ALTER TABLE recordings ADD KEY recordings_keep (server_id, state, started_at);
