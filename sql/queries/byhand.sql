-- name: hand-lead-of-number
-- The newest lead with that number in a campaign's lists.
SELECT l.id FROM leads l JOIN lists k ON k.id = l.list_id
WHERE k.campaign_id = ? AND l.e164 = ? ORDER BY l.id DESC LIMIT 1;

-- name: hand-called-now
SELECT COUNT(*) FROM calls WHERE e164 = ? AND live = 1;

-- name: hand-list
SELECT id FROM lists WHERE campaign_id = ? ORDER BY active DESC, id LIMIT 1;

-- name: hand-lead-add
INSERT INTO leads (list_id, status, zone_set, e164, phone_code, phone_number, created_at) VALUES (?, 'NEW', ?, ?, ?, ?, ?);

-- name: hand-take-hopper
-- Out of the hopper, unless another server is about to call it.
DELETE FROM hopper WHERE lead_id = ? AND (claim IS NULL OR claimed_by = ?);

-- name: hand-claimed
SELECT COUNT(*) FROM hopper WHERE lead_id = ?;

-- name: thirds-live
SELECT call_id, n, server_id, session_id, purpose, e164, state, placed_at, answered_at, ended_at, cause, sip_code
FROM call_legs WHERE server_id = ? AND live = 1;

-- name: third-write
INSERT INTO call_legs (call_id, n, live, server_id, session_id, purpose, e164, state, placed_at, answered_at, ended_at, cause, sip_code)
VALUES (:call_id, :n, IF(:state = 'ENDED', NULL, 1), :server_id, :session_id, :purpose, :e164, :state, :placed_at, :answered_at,
  :ended_at, :cause, :sip_code)
ON DUPLICATE KEY UPDATE live = IF(:state = 'ENDED', NULL, 1), state = :state, answered_at = :answered_at, ended_at = :ended_at,
  cause = :cause, sip_code = :sip_code;
