-- +goose Up
-- What a customer hears who is put on hold: a sound of ours, or a class of Asterisk's music on hold; '': its default.
ALTER TABLE campaigns ADD COLUMN hold_music VARCHAR(80) NOT NULL DEFAULT '';
