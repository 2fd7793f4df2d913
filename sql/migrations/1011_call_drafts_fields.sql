-- +goose Up
-- Fields of the customer that are typed in and not saved yet, as the page writes
-- them (JSON); '': none.
ALTER TABLE call_drafts ADD COLUMN fields VARCHAR(8000) NOT NULL DEFAULT '';
