-- +goose Up
ALTER TABLE leads ADD KEY leads_name (last_name, first_name);
