-- +goose Up
-- A note of 255 characters may take six each in JSON.
ALTER TABLE intents MODIFY args VARCHAR(2048) NOT NULL DEFAULT '{}';
