-- +goose Up
-- An address, and behind it the token where a program asked.
ALTER TABLE audit MODIFY ip VARCHAR(60) NOT NULL DEFAULT '';
