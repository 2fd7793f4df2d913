-- +goose Up
-- Leads by when somebody last edited them: one that begins to pass a filter which
-- lets nearly nothing through is found at once, however long its list. One that
-- nobody edited has no time here, so that an import writes at one place of it.
ALTER TABLE leads ADD KEY leads_changed (changed_at);
