-- +goose Up
-- Each agent's screen asks for the calls that are parked on its server: without
-- the state in the index that reads every call that is up there.
ALTER TABLE calls DROP KEY calls_live, ADD KEY calls_live (server_id, live, state);
