-- +goose Up
-- The calls that an agent had, in their order: the reports of one agent read them
-- from the log. Calls without an agent stand at the index's beginning, in the
-- order of their placing, so that dialing writes to one end of it.
ALTER TABLE calls ADD KEY calls_user (user_id, placed_at);
