-- name: watches-live
SELECT id, server_id, user_id, session_id, call_id, mode, leg, started_at, ended_at
FROM watches WHERE server_id = ? AND live = 1;

-- name: watch-write
UPDATE watches SET live = IF(:ended_at IS NULL, 1, NULL), call_id = :call_id, mode = :mode, leg = :leg, ended_at = :ended_at
WHERE id = :id;

-- name: web-watch-add
INSERT INTO watches (id, live, server_id, user_id, session_id, mode, started_at) VALUES (?, 1, ?, ?, ?, ?, ?);

-- name: web-watch-agent-name
SELECT u.username FROM agent_sessions s JOIN users u ON u.id = s.user_id WHERE s.id = ?;

-- name: web-watch-agent
-- The live shift that is to be watched, and the supervisor's phone on its
-- server. The browser's own phone goes before others.
SELECT s.id AS session_id, s.user_id, s.campaign_id, s.server_id, v.name AS server_name, v.ws_url,
  p.id AS `phone.id`, p.server_id AS `phone.server_id`, p.user_id AS `phone.user_id`, p.login AS `phone.login`,
  p.secret AS `phone.secret`, p.kind AS `phone.kind`, p.contact AS `phone.contact`
FROM agent_sessions s
JOIN servers v ON v.id = s.server_id
JOIN phones p ON p.server_id = s.server_id AND p.user_id = ?
WHERE s.id = ? AND s.live = 1
ORDER BY p.kind = 'webrtc' DESC, p.id LIMIT 1;

-- name: web-watch
SELECT id, server_id, user_id, session_id, call_id, mode, leg, started_at, ended_at FROM watches WHERE id = ? AND user_id = ? AND live = 1;

-- name: web-watch-answer
-- What became of a supervisor's click.
SELECT open IS NULL AS done, refusal FROM intents WHERE id = ?;

-- name: web-watchable
SELECT s.id, s.state, s.no_sound, u.username, u.full_name, s.campaign_id, v.name AS server_name, v.ws_url,
  COALESCE(c.state, '') AS call_state, COALESCE(c.e164, '') AS e164
FROM agent_sessions s
JOIN users u ON u.id = s.user_id
JOIN servers v ON v.id = s.server_id
LEFT JOIN calls c ON c.id = s.call_id
WHERE s.live = 1 ORDER BY u.username;
