-- name: rig-limits
UPDATE servers SET max_trunks = ?, cps = ? WHERE id = ?;

-- name: rig-calls
SELECT id, state, lead_id, e164, sent, placed_at, answered_at, wanted_at, bridged_at, ended_at, status, cause, sip_code,
  ended_by, COALESCE(session_id, 0) AS session_id
FROM calls ORDER BY placed_at, id;

-- name: rig-leads
-- Leads that can neither be dialed nor have an outcome.
SELECT id, status, called_since_reset AS called FROM leads
WHERE status IN ('QUEUE', 'INCALL') OR (status = 'NEW' AND called_since_reset > 0);

-- name: rig-dialable
SELECT id FROM leads WHERE id IN (?) AND status = 'NEW' AND called_since_reset = 0;

-- name: rig-sessions
SELECT s.id, u.username, s.state, s.leg, COALESCE(s.call_id, 0) AS call_id
FROM agent_sessions s JOIN users u ON u.id = s.user_id WHERE s.live = 1 ORDER BY s.id;

-- name: rig-recordings
-- Calls that an agent had, of a campaign that records, and that no recording
-- tells of.
SELECT COUNT(*) FROM calls c JOIN campaigns g ON g.id = c.campaign_id AND g.record IN ('all', 'forced')
LEFT JOIN recordings r ON r.call_id = c.id WHERE c.bridged_at IS NOT NULL AND r.call_id IS NULL;

-- name: rig-status
SHOW GLOBAL STATUS WHERE Variable_name IN (?);

-- name: rig-lease
-- The epoch of a lease that somebody holds now; none: nobody does.
SELECT epoch FROM leases WHERE name = ? AND expires_at > UTC_TIMESTAMP(3);
