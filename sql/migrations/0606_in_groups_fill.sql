-- +goose Up
-- A campaign could name another campaign whose agents take the calls that found
-- no agent: each pair of such a campaign and a wait becomes an in-group.
INSERT INTO in_groups (id, name, wait_s, campaigns, changed_at)
SELECT DISTINCT CONCAT('DROP-', UPPER(c.drop_group), '-', c.drop_wait_s), CONCAT('Calls for the agents of ', c.drop_group),
  c.drop_wait_s, c.drop_group, UTC_TIMESTAMP(3)
FROM campaigns c WHERE c.drop_group <> '';
