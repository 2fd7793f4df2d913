-- +goose Up
-- A duplicate check reads only the index, whatever its scope.
ALTER TABLE leads
  DROP KEY leads_number,
  ADD KEY leads_number (e164, list_id, created_at);
