-- +goose Up
-- The server whose Asterisk has the customer's line, where the call is with an
-- agent of another; 0: the call's own.
ALTER TABLE calls ADD COLUMN line_server_id SMALLINT UNSIGNED NOT NULL DEFAULT 0;
