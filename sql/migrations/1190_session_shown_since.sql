-- +goose Up
-- Since when the agent is in this state, as the board and the desk count it, where
-- the phone was gone meanwhile: as it is while a page reloads. NULL: state_since,
-- which begins the stretch of the log.
ALTER TABLE agent_sessions ADD COLUMN shown_since DATETIME(3) NULL;
