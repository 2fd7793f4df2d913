-- name: rig-limits
UPDATE servers SET max_trunks = ?, cps = ? WHERE id = ?;

-- name: rig-duties
UPDATE servers SET active = ?, dials = ? WHERE id = ?;

-- name: rig-shelve
UPDATE leads SET status = 'NI' WHERE status = 'NEW';

-- name: rig-empty-hopper
DELETE FROM hopper;

-- name: rig-calls
SELECT id, state, server_id, line_server_id, lead_id, e164, sent, placed_at, answered_at, wanted_at, bridged_at, ended_at, status, cause, sip_code,
  ended_by, COALESCE(session_id, 0) AS session_id
FROM calls WHERE placed_at >= ? ORDER BY placed_at, id;

-- name: rig-leads
-- Leads that can neither be dialed nor have an outcome.
SELECT id, status, called_since_reset AS called FROM leads
WHERE status IN ('QUEUE', 'INCALL') OR (status = 'NEW' AND called_since_reset > 0);

-- name: rig-list-leads
SELECT COUNT(*) AS leads, COUNT(DISTINCT e164) AS numbers FROM leads WHERE list_id = ?;

-- name: rig-dialable
SELECT id FROM leads WHERE id IN (?) AND status = 'NEW' AND called_since_reset = 0;

-- name: rig-sessions
SELECT s.id, u.username, s.state, s.leg, COALESCE(s.call_id, 0) AS call_id, COALESCE(c.state, '') AS call_state
FROM agent_sessions s JOIN users u ON u.id = s.user_id LEFT JOIN calls c ON c.id = s.call_id WHERE s.live = 1 ORDER BY s.id;

-- name: rig-recordings
-- Calls that an agent had, of a campaign that records, and that no recording
-- tells of.
SELECT COUNT(*) FROM calls c JOIN campaigns g ON g.id = c.campaign_id AND g.record IN ('all', 'forced')
LEFT JOIN recordings r ON r.call_id = c.id WHERE c.bridged_at IS NOT NULL AND r.call_id IS NULL;

-- name: rig-status
SHOW GLOBAL STATUS WHERE Variable_name IN (?);

-- name: rig-work
-- What accounts have asked of the server since userstat is on, and the rows that
-- it read for them.
SELECT CAST(COALESCE(SUM(SELECT_COMMANDS + UPDATE_COMMANDS + OTHER_COMMANDS), 0) AS SIGNED) AS statements,
  CAST(COALESCE(SUM(ROWS_READ), 0) AS SIGNED) AS rows_read
FROM information_schema.USER_STATISTICS WHERE USER IN (?);

-- name: rig-tables
SELECT TABLE_NAME AS table_name, CAST(ROWS_READ AS SIGNED) AS rows_read FROM information_schema.TABLE_STATISTICS WHERE TABLE_SCHEMA = DATABASE();

-- name: rig-lease
-- The epoch of a lease that somebody holds now; none: nobody does.
SELECT epoch FROM leases WHERE name = ? AND expires_at > UTC_TIMESTAMP(3);

-- name: rig-recording
SELECT file, state, bytes, length_ms, sha256 FROM recordings WHERE call_id = ?;

-- name: rig-waits
-- How long the calls of a measurement waited for their agent, and whether the
-- agent had been ready before the call wanted one. The agent's log keeps
-- milliseconds.
SELECT TIMESTAMPDIFF(MICROSECOND, c.answered_at, c.bridged_at) AS micros, g.from_at <= c.wanted_at AS ready
FROM calls c JOIN agent_log g ON g.session_id = c.session_id AND g.state = 'READY'
  AND g.to_at BETWEEN c.bridged_at - INTERVAL 2000 MICROSECOND AND c.bridged_at + INTERVAL 2000 MICROSECOND
WHERE c.placed_at >= ? AND c.bridged_at IS NOT NULL;

-- name: rig-periods
-- How long agents were in each state on average, in milliseconds.
SELECT state, AVG(TIMESTAMPDIFF(MICROSECOND, from_at, to_at)) / 1000 AS ms FROM agent_log
WHERE from_at >= ? GROUP BY state;

-- name: rig-events
-- How many there have been: they are deleted after an hour, and ids go on.
SELECT COALESCE(MAX(id), 0) FROM events;
