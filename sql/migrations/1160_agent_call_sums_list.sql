-- +goose Up
-- What each agent did with each list's calls: a report of agents may be narrowed
-- to lists, and one of calls to agents, without counting the log. Sums of before,
-- and those of an older Trunkline beside this one, have the default and are counted
-- anew.
ALTER TABLE agent_call_sums
  ADD COLUMN list_id   INT UNSIGNED NOT NULL DEFAULT 4294967295 AFTER user_id,
  ADD COLUMN answered  INT UNSIGNED NOT NULL DEFAULT 0 AFTER calls,
  ADD COLUMN asked     INT UNSIGNED NOT NULL DEFAULT 0 AFTER answered,
  ADD COLUMN connected INT UNSIGNED NOT NULL DEFAULT 0 AFTER asked,
  ADD COLUMN dropped   INT UNSIGNED NOT NULL DEFAULT 0 AFTER connected,
  ADD COLUMN ring_ms   BIGINT UNSIGNED NOT NULL DEFAULT 0 AFTER dropped,
  ADD COLUMN wait_ms   BIGINT UNSIGNED NOT NULL DEFAULT 0 AFTER ring_ms,
  DROP PRIMARY KEY, ADD PRIMARY KEY (campaign_id, span, at, user_id, list_id, status, manual);
