-- +goose Up
-- Since when an agent has looked at preview_lead: its countdown goes on after a
-- reload, and in another page.
ALTER TABLE agent_sessions ADD COLUMN preview_since DATETIME(3) NULL;
