-- +goose Up
-- The in-group that takes calls which found no agent, in place of drop_group and
-- drop_wait_s, which nothing reads any more.
ALTER TABLE campaigns ADD COLUMN in_group VARCHAR(20) NOT NULL DEFAULT '';
