-- name: pacing-model
SELECT model, adapt FROM pacing_models WHERE campaign_id = ?;

-- name: pacing-keep
-- Only under the lease: a holder that slept through its end overwrites nothing.
INSERT INTO pacing_models (campaign_id, saved_at, model, adapt, ledgers)
SELECT :campaign_id, :decided_at, :model, :adapt, :ledgers FROM DUAL
WHERE :lease = '' OR EXISTS (SELECT 1 FROM leases l WHERE l.name = :lease AND l.epoch = :epoch)
ON DUPLICATE KEY UPDATE saved_at = VALUES(saved_at), model = VALUES(model), adapt = VALUES(adapt), ledgers = VALUES(ledgers);

-- name: pacing-share
-- Likewise: two who believe that they decide never both do.
INSERT INTO pacing_states (campaign_id, server_id, epoch, seq, heard, decided_at, place, bound, reason)
SELECT :campaign_id, :server_id, :epoch, :seq, :heard, :decided_at, :place, :bound, :reason FROM DUAL
WHERE :lease = '' OR EXISTS (SELECT 1 FROM leases l WHERE l.name = :lease AND l.epoch = :epoch)
ON DUPLICATE KEY UPDATE epoch = VALUES(epoch), seq = VALUES(seq), heard = VALUES(heard),
  decided_at = VALUES(decided_at), place = VALUES(place), bound = VALUES(bound), reason = VALUES(reason);

-- name: pacing-shares
SELECT campaign_id, server_id, epoch, seq, heard, decided_at, place, bound, reason FROM pacing_states WHERE campaign_id = ?;

-- name: pacing-share-of
-- Each server reads its own alone: what all read would grow with their square.
SELECT campaign_id, server_id, epoch, seq, heard, decided_at, place, bound, reason FROM pacing_states WHERE campaign_id = ? AND server_id = ?;

-- name: pacing-report
INSERT INTO pacing_reports (campaign_id, server_id, at, report) VALUES (?, ?, ?, ?)
ON DUPLICATE KEY UPDATE at = VALUES(at), report = VALUES(report);

-- name: pacing-reports
SELECT server_id, at, report FROM pacing_reports WHERE campaign_id = ? AND at >= ? ORDER BY server_id;

-- name: pacing-in-air
-- A campaign's calls on their way to an agent, by the server that has them.
SELECT c.server_id, COUNT(*) AS calls
FROM servers v JOIN calls c FORCE INDEX (calls_live) ON c.server_id = v.id AND c.live = 1 AND c.state IN ('PLACED', 'RINGING', 'ANSWERED', 'WAITING')
WHERE c.campaign_id = ? AND NOT c.manual GROUP BY c.server_id;

-- name: pacing-log
INSERT INTO pacing_decisions (campaign_id, server_id, decided_at, place, bound, reason, input, model)
VALUES (:campaign_id, :server_id, :decided_at, :place, :bound, :reason, :input, :model);

-- name: pacing-logged
-- The decisions that were logged, the newest first.
SELECT id, campaign_id, server_id, decided_at, place, bound, reason FROM pacing_decisions
WHERE campaign_id = ? AND decided_at >= ? AND decided_at < ? ORDER BY decided_at DESC, id DESC LIMIT ?;

-- name: pacing-logged-one
SELECT id, campaign_id, server_id, decided_at, place, bound, reason, input, model FROM pacing_decisions WHERE id = ?;

-- name: pacing-told
-- When dialing was to end and how many leads there were, as the log's decisions
-- had it: alike for every server.
SELECT decided_at, JSON_VALUE(input, '$.Servers[0].DialEnd') AS dial_end, JSON_VALUE(input, '$.Servers[0].Leads') AS leads
FROM pacing_decisions WHERE campaign_id = ? AND decided_at >= ? AND decided_at < ? ORDER BY decided_at;

-- name: pacing-log-forget
DELETE FROM pacing_decisions WHERE campaign_id = ? AND decided_at < ? LIMIT 1000;

-- part: waited-us
-- For how long a call c has waited for its agent, as the law counts: from the end
-- of the greeting, which AMD's cause tells (HUMAN-<silence, ms>-...).
(TIMESTAMPDIFF(MICROSECOND, c.wanted_at, c.bridged_at)
  + IF(c.amd_cause REGEXP '^HUMAN-[0-9]{1,6}(-|$)', 1000 * LEAST(CAST(SUBSTRING_INDEX(SUBSTRING_INDEX(c.amd_cause, '-', 2), '-', -1) AS UNSIGNED), 5000), 0))

-- name: pacing-ledger
-- A campaign's calls by the minute of their answer, as the laws count them: a
-- call that wanted an agent and had none, or had one later than the law's two
-- seconds or the campaign's own limit, is a drop; the others by the agent's
-- disposition. One that was lost sight of (ERI) was neither a person's nor a machine's.
SELECT FLOOR(UNIX_TIMESTAMP(COALESCE(c.wanted_at, c.placed_at)) / 60) AS minute, COUNT(*) AS attempts,
  COALESCE(SUM(c.answered_at IS NOT NULL), 0) AS answered,
  COALESCE(SUM(c.wanted_at IS NOT NULL AND (c.dropped_at IS NOT NULL OR c.bridged_at IS NULL AND c.ended_at IS NOT NULL
    OR {{waited-us}} > 1000 * LEAST(p.drop_ms, 2000))), 0) AS dropped,
  COALESCE(SUM({{waited-us}} <= 1000 * LEAST(p.drop_ms, 2000) AND c.dropped_at IS NULL AND c.status <> '' AND s.human), 0) AS humans,
  COALESCE(SUM({{waited-us}} <= 1000 * LEAST(p.drop_ms, 2000) AND c.dropped_at IS NULL AND c.status NOT IN ('', 'ERI') AND NOT s.human), 0) AS machines
FROM calls c JOIN campaigns p ON p.id = c.campaign_id LEFT JOIN statuses s ON s.status = c.status
WHERE c.campaign_id = ? AND c.placed_at >= ? AND c.placed_at < ? AND c.sent AND NOT c.manual
GROUP BY minute ORDER BY minute;

-- name: pacing-begins
-- When a campaign placed its first call, to the quarter of an hour: the calls
-- themselves may have been deleted since. NULL: none is summed up yet.
SELECT MIN(s.at) AS at FROM call_sums s WHERE s.campaign_id = ? AND s.span = 0;

-- name: pacing-human-statuses
SELECT status FROM statuses WHERE human;

-- name: pacing-day-calls
-- What became of each dial of a day, with the wrap-up of the agent who had it.
SELECT c.placed_at, c.ringing_at, c.answered_at, c.wanted_at, c.bridged_at, c.dropped_at, c.ended_at, COALESCE(s.human, FALSE) AS human,
  COALESCE({{waited-us}}, 0) AS waited_us,
  COALESCE((SELECT SUM(TIMESTAMPDIFF(MICROSECOND, a.from_at, a.to_at)) FROM agent_log a
    WHERE a.session_id = c.session_id AND a.call_id = c.id AND a.state = 'WRAPUP'), 0) AS wrap_us
FROM calls c LEFT JOIN statuses s ON s.status = c.status
WHERE c.campaign_id = ? AND c.placed_at >= ? AND c.placed_at < ? AND c.sent AND NOT c.manual AND c.ended_at IS NOT NULL
ORDER BY c.placed_at, c.id;

-- name: pacing-day-agents
-- The agents' time of a day by shift, in order.
SELECT session_id, state, from_at, to_at FROM agent_log
WHERE campaign_id = ? AND from_at >= ? AND from_at < ?
ORDER BY session_id, from_at, id;
