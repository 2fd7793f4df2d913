-- +goose Up
-- A desk asks for its own last refusal: without this it looked at every agent's
-- clicks, and the more agents there were the more each desk read.
ALTER TABLE intents ADD KEY intents_session (session_id, id);
