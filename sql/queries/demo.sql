-- name: demo-carrier
INSERT INTO carriers (name, host, port, dial_prefix, active, changed_at)
VALUES (:name, :host, :port, :dial_prefix, TRUE, UTC_TIMESTAMP(3))
ON DUPLICATE KEY UPDATE
  changed_at = IF(host = VALUES(host) AND port = VALUES(port) AND active, changed_at, GREATEST(UTC_TIMESTAMP(3), changed_at + INTERVAL 1000 MICROSECOND)), -- two changes in one millisecond are two
  host = VALUES(host), port = VALUES(port), active = TRUE;

-- name: demo-carrier-id
SELECT id FROM carriers WHERE name = ?;

-- name: demo-campaign
-- What people changed on the pages stays, but for what the demo needs to work.
INSERT INTO campaigns (id, name, active, dial_method, dial_level, dial_timeout_s, drop_ms, carrier_id,
  caller_id, amd, amd_params, voicemail, record, record_notice, hold_music, hopper_level, call_from_min, call_to_min, dial_statuses, safe_harbour,
  drop_action, in_group, changed_at)
VALUES (:id, :name, FALSE, :dial_method, :dial_level, :dial_timeout_s, :drop_ms, :carrier_id,
  :caller_id, :amd, :amd_params, :voicemail, :record, :record_notice, :hold_music, :hopper_level, :call_from_min, :call_to_min, :dial_statuses, :safe_harbour,
  COALESCE(NULLIF(:drop_action, ''), 'message'), :in_group_id, UTC_TIMESTAMP(3))
ON DUPLICATE KEY UPDATE active = FALSE, carrier_id = VALUES(carrier_id), changed_at = UTC_TIMESTAMP(3);

-- name: demo-campaign-active
UPDATE campaigns SET active = ?, changed_at = UTC_TIMESTAMP(3) WHERE id = ?;

-- name: demo-method
UPDATE campaigns SET dial_method = ?, changed_at = UTC_TIMESTAMP(3) WHERE id = ?;

-- name: demo-list
INSERT INTO lists (id, campaign_id, name, active, created_at) VALUES (?, ?, ?, TRUE, UTC_TIMESTAMP(3))
ON DUPLICATE KEY UPDATE active = TRUE;

-- name: demo-lists
-- One list is dialed, the campaign's others rest.
UPDATE lists SET active = (id = ?) WHERE campaign_id = ?;

-- name: demo-phone
INSERT INTO phones (server_id, user_id, login, secret, kind, contact, changed_at)
VALUES (:server_id, :user_id, :login, :secret, :kind, :contact, UTC_TIMESTAMP(3))
ON DUPLICATE KEY UPDATE
  changed_at = IF(contact = VALUES(contact) AND kind = VALUES(kind), changed_at, GREATEST(UTC_TIMESTAMP(3), changed_at + INTERVAL 1000 MICROSECOND)), -- two changes in one millisecond are two
  kind = VALUES(kind), contact = VALUES(contact);

-- name: demo-phone-changed
-- Before demo-phone, which may find a phone as it should be.
INSERT INTO phone_changes (id, changes)
SELECT 1, 1 FROM DUAL WHERE NOT EXISTS (SELECT 1 FROM phones WHERE login = :login AND contact = :contact AND kind = :kind)
ON DUPLICATE KEY UPDATE changes = changes + 1;

-- name: demo-leads
SELECT COUNT(*) FROM leads WHERE list_id = ?;

-- name: demo-fresh
-- Leads that are still to be dialed.
SELECT COUNT(*) FROM leads WHERE list_id = ? AND status = 'NEW' AND called_since_reset = 0;

-- name: demo-reset
-- A list reset: every lead may be dialed again, but those being dialed and those
-- who asked not to be.
UPDATE leads SET status = 'NEW', called_since_reset = 0
WHERE list_id = ? AND status NOT IN ('NEW', 'DNC', 'QUEUE', 'INCALL');

-- name: demo-reset-all
-- The same before anything runs, when nothing can be on the line.
UPDATE leads SET status = 'NEW', called_since_reset = 0 WHERE list_id = ? AND status <> 'DNC';

-- name: demo-hopper-clear
DELETE FROM hopper WHERE campaign_id = ?;

-- name: demo-agents
SELECT state, COUNT(*) AS n FROM agent_sessions WHERE live = 1 AND campaign_id = ? GROUP BY state;

-- name: demo-live-calls
SELECT state, COUNT(*) AS n FROM calls WHERE live = 1 AND campaign_id = ? GROUP BY state;

-- name: demo-today
SELECT COUNT(*) AS placed, COUNT(answered_at) AS answered, COUNT(bridged_at) AS connected,
  COALESCE(SUM(status = 'DROP'), 0) AS dropped
FROM calls WHERE campaign_id = ? AND sent AND placed_at >= ?;

-- name: demo-answers
-- How long the last connected calls waited for their agent, in microseconds.
SELECT TIMESTAMPDIFF(MICROSECOND, answered_at, bridged_at) FROM calls
WHERE campaign_id = ? AND placed_at >= ? AND bridged_at IS NOT NULL AND answered_at IS NOT NULL
ORDER BY placed_at DESC LIMIT 500;

-- name: demo-hopper
SELECT COUNT(*) FROM hopper WHERE campaign_id = ? AND claim IS NULL;

-- name: demo-server
SELECT beat_at, skew_ms, listening, conf_at FROM servers WHERE id = ?;

-- name: demo-calls
-- The calls of a run, for the comparison with the carrier's ledger; with when
-- the agent who got a call had become ready for it.
SELECT c.id, c.state, c.lead_id, c.e164, c.sent, c.placed_at, c.answered_at, c.bridged_at, c.ended_at, c.status, c.cause, c.sip_code,
  (SELECT MAX(l.from_at) FROM agent_log l
   WHERE l.user_id = c.user_id AND l.from_at <= c.bridged_at AND l.state = 'READY') AS ready_at
FROM calls c WHERE c.campaign_id = ? AND c.placed_at >= ? ORDER BY c.placed_at, c.id;

-- name: demo-shifts-end
-- Before anything runs nobody is at a desk, whatever a killed run left.
UPDATE agent_sessions SET live = NULL, state = 'OUT', logged_out_at = UTC_TIMESTAMP(3), logout_reason = 'the demo was restarted'
WHERE live = 1;
