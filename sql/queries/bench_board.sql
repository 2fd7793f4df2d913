-- name: benchboard-server
INSERT INTO servers (id, name, telephony, listening, ami_addr, ws_url, beat_at, version) VALUES (1, 'tel-1', 1, 1, '127.0.0.1:5038', 'wss://tel-1.example:8089/ws', NULL, '1.0');

-- name: benchboard-carrier
INSERT INTO carriers (id, name, host, port, changed_at) VALUES (1, 'north-1', 'sip.example.com', 5060, UTC_TIMESTAMP(3));

-- name: benchboard-campaign
INSERT INTO campaigns (id, name, active, carrier_id, changed_at) VALUES (?, ?, 1, 1, UTC_TIMESTAMP(3));

-- name: benchboard-pacing
INSERT INTO pacing_states (campaign_id, server_id, decided_at, place, bound, reason) VALUES (?, 1, UTC_TIMESTAMP(3), 3, 'budget', 'Placing 3: 2.1 agents expected free in 6 s, 1.4 answers in flight.');

-- name: benchboard-user
INSERT INTO users (id, username, full_name, pass_hash, role, user_group, created_at) VALUES (?, ?, ?, ?, ?, 'ALL', UTC_TIMESTAMP(3));

-- name: benchboard-calls
-- So many calls of today for each campaign, of which every tenth is up.
INSERT INTO calls (id, live, state, campaign_id, list_id, lead_id, e164, server_id, carrier_id, placed_at, answered_at, status)
SELECT ? + s.seq, IF(s.seq % 100 = 0, 1, NULL), IF(s.seq % 100 = 0, 'RINGING', 'ENDED'), ?, 1, s.seq, '+16145550100', 1, 1,
  UTC_TIMESTAMP(6) - INTERVAL s.seq SECOND, IF(s.seq % 4 = 0, UTC_TIMESTAMP(6) - INTERVAL s.seq SECOND, NULL), IF(s.seq % 4 = 0, 'NI', 'NA')
FROM seq_1_to_10000 s;

-- name: benchboard-session
INSERT INTO agent_sessions (id, live, user_id, campaign_id, server_id, phone_id, state, state_since, seen_at, logged_in_at)
VALUES (?, 1, ?, ?, 1, 0, 'READY', ?, UTC_TIMESTAMP(3) + INTERVAL 1 DAY, UTC_TIMESTAMP(3));

-- name: benchboard-change
UPDATE agent_sessions SET state = ?, state_since = ? WHERE id = ?;

-- name: benchboard-event
INSERT INTO events (at, server_id, kind, session_id, campaign_id) VALUES (?, 1, 'agent', ?, ?);

-- name: benchboard-questions
SHOW GLOBAL STATUS WHERE Variable_name = 'Questions';
