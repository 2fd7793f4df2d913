-- name: pacing-model
SELECT model FROM pacing_states WHERE campaign_id = ? AND server_id = ? AND model IS NOT NULL;

-- name: pacing-say
INSERT INTO pacing_states (campaign_id, server_id, decided_at, place, bound, reason)
VALUES (:campaign_id, :server_id, :decided_at, :place, :bound, :reason)
ON DUPLICATE KEY UPDATE decided_at = :decided_at, place = :place, bound = :bound, reason = :reason;

-- name: pacing-keep
INSERT INTO pacing_states (campaign_id, server_id, decided_at, place, bound, reason, saved_at, model)
VALUES (:campaign_id, :server_id, :decided_at, :place, :bound, :reason, :decided_at, :model)
ON DUPLICATE KEY UPDATE decided_at = :decided_at, place = :place, bound = :bound, reason = :reason,
  saved_at = :decided_at, model = :model;

-- name: pacing-log
INSERT INTO pacing_decisions (campaign_id, server_id, decided_at, place, bound, reason, input, model)
VALUES (:campaign_id, :server_id, :decided_at, :place, :bound, :reason, :input, :model);

-- name: pacing-log-forget
DELETE FROM pacing_decisions WHERE campaign_id = ? AND decided_at < ? LIMIT 1000;

-- name: pacing-ledger
-- A campaign's calls by the minute of their answer, as the laws count them: a
-- call that wanted an agent and had none, or had one later than the campaign's
-- limit, is a drop; the others by the agent's disposition.
SELECT FLOOR(UNIX_TIMESTAMP(COALESCE(c.wanted_at, c.placed_at)) / 60) AS minute, COUNT(*) AS attempts,
  COALESCE(SUM(c.answered_at IS NOT NULL), 0) AS answered,
  COALESCE(SUM(c.wanted_at IS NOT NULL AND (c.bridged_at IS NULL AND c.ended_at IS NOT NULL
    OR TIMESTAMPDIFF(MICROSECOND, c.wanted_at, c.bridged_at) > 1000 * p.drop_ms)), 0) AS dropped,
  COALESCE(SUM(TIMESTAMPDIFF(MICROSECOND, c.wanted_at, c.bridged_at) <= 1000 * p.drop_ms AND c.status <> '' AND s.human), 0) AS humans,
  COALESCE(SUM(TIMESTAMPDIFF(MICROSECOND, c.wanted_at, c.bridged_at) <= 1000 * p.drop_ms AND c.status <> '' AND NOT s.human), 0) AS machines
FROM calls c JOIN campaigns p ON p.id = c.campaign_id LEFT JOIN statuses s ON s.status = c.status
WHERE c.campaign_id = ? AND c.placed_at >= ? AND c.placed_at < ? AND c.sent
GROUP BY minute ORDER BY minute;

-- name: pacing-human-statuses
SELECT status FROM statuses WHERE human;

-- name: pacing-day-calls
-- What became of each dial of a day, with the wrap-up of the agent who had it.
SELECT c.placed_at, c.ringing_at, c.answered_at, c.wanted_at, c.bridged_at, c.ended_at, COALESCE(s.human, FALSE) AS human,
  COALESCE((SELECT SUM(TIMESTAMPDIFF(MICROSECOND, a.from_at, a.to_at)) FROM agent_log a
    WHERE a.session_id = c.session_id AND a.call_id = c.id AND a.state = 'WRAPUP'), 0) AS wrap_us
FROM calls c LEFT JOIN statuses s ON s.status = c.status
WHERE c.campaign_id = ? AND c.placed_at >= ? AND c.placed_at < ? AND c.sent AND c.ended_at IS NOT NULL
ORDER BY c.placed_at, c.id;

-- name: pacing-day-agents
-- The agents' time of a day by shift, in order.
SELECT session_id, state, from_at, to_at FROM agent_log
WHERE campaign_id = ? AND from_at >= ? AND from_at < ?
ORDER BY session_id, from_at, id;
