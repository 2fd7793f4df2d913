-- name: estate-signs
SELECT id, name, beat_at, listen_at FROM servers WHERE telephony ORDER BY id;

-- name: estate-ringing
-- A dead server's calls that nobody answered and that cannot be ringing any more,
-- should its Asterisk live: it lets them ring for as long as their campaign says.
SELECT c.id, c.lead_id, c.lead_was, c.campaign_id FROM calls c JOIN campaigns p ON p.id = c.campaign_id
WHERE c.server_id = ? AND c.live = 1 AND c.answered_at IS NULL AND c.wanted_at IS NULL AND c.bridged_at IS NULL
  AND c.placed_at < UTC_TIMESTAMP(6) - INTERVAL (p.dial_timeout_s + 5) SECOND
ORDER BY c.id LIMIT 200;

-- name: estate-answered
-- Those that somebody answered.
SELECT c.id, c.lead_id, c.lead_was, c.campaign_id FROM calls c
WHERE c.server_id = ? AND c.live = 1 AND (c.answered_at IS NOT NULL OR c.wanted_at IS NOT NULL OR c.bridged_at IS NOT NULL)
ORDER BY c.id LIMIT 200;

-- name: estate-end
UPDATE calls SET live = NULL, state = 'ENDED', ended_at = ?, ended_by = 'dialer', cause = 41, status = IF(status = '', 'ERI', status)
WHERE id IN (?) AND server_id = ? AND live = 1;

-- name: estate-leads
-- Somebody was on the line: who knows what was said. They are not dialed again by
-- themselves.
UPDATE leads SET status = 'ERI' WHERE id IN (?) AND status IN ('QUEUE', 'INCALL');

-- name: estate-legs
UPDATE call_legs SET live = NULL, state = 'ENDED', ended_at = ? WHERE server_id = ? AND live = 1;

-- name: estate-watches
UPDATE watches SET live = NULL, ended_at = ? WHERE server_id = ? AND live = 1;

-- name: estate-wrapups
-- The calls of which the agents of these shifts would have said what became of
-- them, those included whose customers hung up on another server.
SELECT call_id FROM agent_sessions WHERE server_id = ? AND live = 1 AND state IN ('INCALL', 'WRAPUP') AND call_id IS NOT NULL
  AND seen_at < UTC_TIMESTAMP(3) - INTERVAL 60 SECOND;

-- name: estate-unsaid
-- A call that has ended, and of which nobody will say it any more.
UPDATE calls SET status = 'ERI' WHERE id = ? AND live IS NULL AND status = '';

-- name: estate-unsaid-lead
UPDATE leads SET status = 'ERI' WHERE id = (SELECT lead_id FROM calls WHERE id = ?) AND status IN ('QUEUE', 'INCALL');

-- name: estate-shifts-log
-- Shifts whose page is away too: whoever is there goes on elsewhere by a click, or
-- waits for the server.
INSERT INTO agent_log (session_id, user_id, campaign_id, state, pause_code, call_id, from_at, to_at)
SELECT id, user_id, campaign_id, state, pause_code, IF(state IN ('INCALL', 'WRAPUP'), call_id, NULL), state_since, GREATEST(seen_at, state_since)
FROM agent_sessions WHERE server_id = ? AND live = 1 AND seen_at < UTC_TIMESTAMP(3) - INTERVAL 60 SECOND;

-- name: estate-calls-changed
-- The reports count these calls anew.
INSERT INTO report_changes (kind, campaign_id, user_id, from_at, to_at)
SELECT 'C', campaign_id, 0, MIN(placed_at), MIN(placed_at) FROM calls WHERE id IN (?) GROUP BY campaign_id, UNIX_TIMESTAMP(placed_at) DIV 900;

-- name: estate-shifts-changed
-- And the stretches that estate-shifts-log adds.
INSERT INTO report_changes (kind, campaign_id, user_id, from_at, to_at)
SELECT 'T', campaign_id, user_id, state_since, GREATEST(seen_at, state_since)
FROM agent_sessions WHERE server_id = ? AND live = 1 AND seen_at < UTC_TIMESTAMP(3) - INTERVAL 60 SECOND;

-- name: estate-shifts
UPDATE agent_sessions SET state = 'OUT', leg = '', logged_out_at = ?, logout_reason = 'its server was down', live = NULL
WHERE server_id = ? AND live = 1 AND seen_at < UTC_TIMESTAMP(3) - INTERVAL 60 SECOND;
