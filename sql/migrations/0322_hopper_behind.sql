-- +goose Up
-- What may be claimed next is read in the order of the index: highest priority
-- first, then as it came in. An index goes one way in all its columns, hence the
-- priority turned round.
ALTER TABLE hopper
  ADD COLUMN behind SMALLINT GENERATED ALWAYS AS (-priority) STORED,
  DROP KEY hopper_next,
  ADD KEY hopper_next (campaign_id, claim, behind, id);
