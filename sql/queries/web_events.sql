-- name: web-events-last
SELECT COALESCE(MAX(id), 0) FROM events;

-- name: web-events-after
SELECT id, at, server_id, kind, COALESCE(session_id, 0) AS session_id, COALESCE(call_id, 0) AS call_id, campaign_id
FROM events WHERE id > ? ORDER BY id LIMIT ?;

-- name: web-seen
-- The pages of these sessions are open. What another web server has just said of
-- one is left as it is.
UPDATE agent_sessions SET seen_at = ? WHERE live = 1 AND id IN (?) AND seen_at < ?;

-- name: web-server-states
-- A beat comes each second: agents are told of a server that went down within 5 s.
SELECT v.id, v.listening AND (v.beat_at IS NULL OR v.beat_at > UTC_TIMESTAMP(3) - INTERVAL 3500000 MICROSECOND) AS up
FROM servers v WHERE v.telephony;
