-- name: report-changed
-- Calls that have ended or changed since, and stretches of agents' time.
INSERT INTO report_changes (kind, campaign_id, user_id, from_at, to_at) VALUES (:kind, :campaign_id, :user_id, :from_at, :to_at);

-- name: report-changed-call
INSERT INTO report_changes (kind, campaign_id, user_id, from_at, to_at)
SELECT 'C', campaign_id, 0, placed_at, placed_at FROM calls WHERE id = ?;

-- name: tally-changes
-- The newest first: today's reports do not wait for what an old day has to have
-- counted anew.
SELECT id, kind, campaign_id, user_id, from_at, to_at FROM report_changes ORDER BY id DESC LIMIT ?;

-- name: tally-waiting
SELECT COUNT(*) FROM (SELECT 1 FROM report_changes LIMIT 100000) n;

-- name: tally-done
DELETE FROM report_changes WHERE id IN (?);

-- name: tally-state
SELECT seeded, hours_to, days_to FROM report_state WHERE id = 1;

-- name: tally-lock
-- Until the commit nobody else sums up: of two that count the same the later has
-- seen at least what the earlier had.
SELECT seeded, hours_to, days_to FROM report_state WHERE id = 1 FOR UPDATE;

-- name: tally-rolled
UPDATE report_state SET hours_to = ?, days_to = ? WHERE id = 1;

-- name: tally-seeded
UPDATE report_state SET seeded = TRUE WHERE id = 1;

-- name: tally-campaigns
SELECT id FROM campaigns ORDER BY id;

-- name: tally-users
SELECT id FROM users ORDER BY id;

-- name: tally-first-call
SELECT MIN(placed_at) FROM calls WHERE campaign_id = ? AND placed_at >= ?;

-- name: tally-seed-calls
-- A row for each quarter of an hour in which a campaign placed calls.
INSERT INTO report_changes (kind, campaign_id, user_id, from_at, to_at)
SELECT 'C', campaign_id, 0, MIN(placed_at), MIN(placed_at) FROM calls
WHERE campaign_id = ? AND placed_at >= ? AND placed_at < ? GROUP BY campaign_id, UNIX_TIMESTAMP(placed_at) DIV 900;

-- name: tally-listless
-- The quarters of a campaign, from a moment on, whose sums by agent know no list.
INSERT INTO report_changes (kind, campaign_id, user_id, from_at, to_at)
SELECT 'C', campaign_id, 0, at, at FROM agent_call_sums
WHERE campaign_id = ? AND span = 0 AND at >= ? AND list_id = 4294967295 GROUP BY campaign_id, at;

-- name: tally-first-stretch
SELECT MIN(from_at) FROM agent_log WHERE user_id = ? AND from_at >= ?;

-- name: tally-seed-time
INSERT INTO report_changes (kind, campaign_id, user_id, from_at, to_at)
SELECT 'T', campaign_id, user_id, MIN(from_at), MAX(to_at) FROM agent_log
WHERE user_id = ? AND from_at >= ? AND from_at < ? GROUP BY campaign_id, user_id;

-- name: tally-calls-clear
DELETE FROM call_sums WHERE campaign_id = ? AND span = 0 AND at = ?;

-- part: call-sums
-- What is counted of calls c.
COUNT(*) AS calls,
  COALESCE(SUM(c.answered_at IS NOT NULL), 0) AS answered, COALESCE(SUM(c.wanted_at IS NOT NULL), 0) AS asked, COALESCE(SUM(c.bridged_at IS NOT NULL), 0) AS connected,
  COALESCE(SUM(c.wanted_at IS NOT NULL AND (c.dropped_at IS NOT NULL OR c.bridged_at IS NULL OR {{waited-us}} > 2000000)), 0) AS dropped,
  COALESCE(SUM(GREATEST(TIMESTAMPDIFF(MICROSECOND, c.placed_at, COALESCE(c.answered_at, c.ended_at)), 0) DIV 1000), 0) AS ring_ms,
  COALESCE(SUM(GREATEST(TIMESTAMPDIFF(MICROSECOND, c.wanted_at, c.bridged_at), 0) DIV 1000), 0) AS wait_ms,
  COALESCE(SUM(GREATEST(TIMESTAMPDIFF(MICROSECOND, c.bridged_at, c.ended_at), 0) DIV 1000), 0) AS talk_ms

-- name: tally-calls
INSERT INTO call_sums (campaign_id, span, at, list_id, status, manual, calls, answered, asked, connected, dropped, ring_ms, wait_ms, talk_ms)
SELECT c.campaign_id, 0, ?, c.list_id, c.status, c.manual, {{call-sums}}
FROM calls c WHERE c.campaign_id = ? AND c.placed_at >= ? AND c.placed_at < ? AND c.live IS NULL AND c.sent
GROUP BY c.campaign_id, c.list_id, c.status, c.manual;

-- name: tally-calls-unroll
DELETE FROM call_sums WHERE campaign_id IN (?) AND span = ? AND at = ?;

-- name: tally-calls-roll
INSERT INTO call_sums (campaign_id, span, at, list_id, status, manual, calls, answered, asked, connected, dropped, ring_ms, wait_ms, talk_ms)
SELECT campaign_id, ?, ?, list_id, status, manual, SUM(calls), SUM(answered), SUM(asked), SUM(connected), SUM(dropped), SUM(ring_ms), SUM(wait_ms), SUM(talk_ms)
FROM call_sums WHERE campaign_id IN (?) AND span = ? AND at >= ? AND at < ? GROUP BY campaign_id, list_id, status, manual;

-- name: tally-causes-clear
DELETE FROM cause_sums WHERE campaign_id = ? AND span = 0 AND at = ?;

-- name: tally-causes
INSERT INTO cause_sums (campaign_id, span, at, carrier_id, status, sip_code, cause, calls, answered, rang, delay_ms, line_ms)
SELECT c.campaign_id, 0, ?, c.carrier_id, c.status, c.sip_code, c.cause, COUNT(*),
  COALESCE(SUM(c.answered_at IS NOT NULL), 0), COALESCE(SUM(c.ringing_at IS NOT NULL), 0),
  COALESCE(SUM(GREATEST(TIMESTAMPDIFF(MICROSECOND, c.placed_at, c.ringing_at), 0) DIV 1000), 0),
  COALESCE(SUM(GREATEST(TIMESTAMPDIFF(MICROSECOND, c.answered_at, c.ended_at), 0) DIV 1000), 0)
FROM calls c WHERE c.campaign_id = ? AND c.placed_at >= ? AND c.placed_at < ? AND c.live IS NULL AND c.sent
GROUP BY c.campaign_id, c.carrier_id, c.status, c.sip_code, c.cause;

-- name: tally-causes-unroll
DELETE FROM cause_sums WHERE campaign_id IN (?) AND span = ? AND at = ?;

-- name: tally-causes-roll
INSERT INTO cause_sums (campaign_id, span, at, carrier_id, status, sip_code, cause, calls, answered, rang, delay_ms, line_ms)
SELECT campaign_id, ?, ?, carrier_id, status, sip_code, cause, SUM(calls), SUM(answered), SUM(rang), SUM(delay_ms), SUM(line_ms)
FROM cause_sums WHERE campaign_id IN (?) AND span = ? AND at >= ? AND at < ? GROUP BY campaign_id, carrier_id, status, sip_code, cause;

-- name: tally-agents-clear
DELETE FROM agent_call_sums WHERE campaign_id = ? AND span = 0 AND at = ?;

-- name: tally-agents
-- A call's recordings are added up before they meet others', so that it counts
-- once.
INSERT INTO agent_call_sums (campaign_id, span, at, user_id, list_id, status, manual,
  calls, answered, asked, connected, dropped, ring_ms, wait_ms, talk_ms, recorded, files, lost, too_short, rec_ms, rec_bytes)
SELECT c.campaign_id, 0, ?, c.user_id, c.list_id, c.status, c.manual, {{call-sums}},
  SUM(c.files > 0), SUM(c.files), SUM(c.lost), SUM(c.too_short), SUM(c.rec_ms), SUM(c.rec_bytes)
FROM (
  SELECT k.*, COALESCE(SUM(r.state <> 'SHORT'), 0) AS files, COALESCE(SUM(r.state = 'LOST'), 0) AS lost, COALESCE(SUM(r.state = 'SHORT'), 0) AS too_short,
    COALESCE(SUM(r.length_ms), 0) AS rec_ms, COALESCE(SUM(r.bytes), 0) AS rec_bytes
  FROM calls k LEFT JOIN recordings r ON r.call_id = k.id
  WHERE k.campaign_id = ? AND k.placed_at >= ? AND k.placed_at < ? AND k.live IS NULL AND k.sent AND k.user_id IS NOT NULL
  GROUP BY k.id
) c GROUP BY c.campaign_id, c.user_id, c.list_id, c.status, c.manual;

-- name: tally-agents-unroll
DELETE FROM agent_call_sums WHERE campaign_id IN (?) AND span = ? AND at = ?;

-- name: tally-agents-roll
INSERT INTO agent_call_sums (campaign_id, span, at, user_id, list_id, status, manual,
  calls, answered, asked, connected, dropped, ring_ms, wait_ms, talk_ms, recorded, files, lost, too_short, rec_ms, rec_bytes)
SELECT campaign_id, ?, ?, user_id, list_id, status, manual, SUM(calls), SUM(answered), SUM(asked), SUM(connected), SUM(dropped), SUM(ring_ms), SUM(wait_ms), SUM(talk_ms),
  SUM(recorded), SUM(files), SUM(lost), SUM(too_short), SUM(rec_ms), SUM(rec_bytes)
FROM agent_call_sums WHERE campaign_id IN (?) AND span = ? AND at >= ? AND at < ? GROUP BY campaign_id, user_id, list_id, status, manual;

-- name: tally-before
-- An agent has one shift at a time, so of what began before a moment only the
-- last can reach over it. A statement of its own: as a part of the next it would
-- be no bound of the range that is read.
SELECT MAX(from_at) FROM agent_log WHERE user_id = ? AND from_at < ?;

-- name: tally-stretches
SELECT user_id, campaign_id, state, pause_code, from_at, to_at FROM agent_log FORCE INDEX (agent_log_user)
WHERE user_id = ? AND from_at >= ? AND from_at < ? AND to_at >= ? AND campaign_id = ?
ORDER BY from_at;

-- name: tally-time-clear
DELETE FROM agent_time_sums WHERE campaign_id = ? AND span = 0 AND at >= ? AND at < ? AND user_id IN (?);

-- name: tally-time
INSERT INTO agent_time_sums (campaign_id, span, at, user_id, state, pause_code, stretches, ms)
VALUES (:campaign_id, 0, :at, :user_id, :state, :pause_code, :stretches, :ms);

-- name: tally-time-unroll
DELETE FROM agent_time_sums WHERE campaign_id IN (?) AND span = ? AND at = ?;

-- name: tally-time-roll
INSERT INTO agent_time_sums (campaign_id, span, at, user_id, state, pause_code, stretches, ms)
SELECT campaign_id, ?, ?, user_id, state, pause_code, SUM(stretches), SUM(ms)
FROM agent_time_sums WHERE campaign_id IN (?) AND span = ? AND at >= ? AND at < ? GROUP BY campaign_id, user_id, state, pause_code;
