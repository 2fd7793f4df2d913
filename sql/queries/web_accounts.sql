-- name: web-user-by-name
SELECT u.id, u.username, u.full_name, u.pass_hash, u.role, u.active, u.user_group, COALESCE(g.campaigns, '') AS campaigns
FROM users u LEFT JOIN user_groups g ON g.id = u.user_group
WHERE u.username = ?;

-- name: web-session-add
INSERT INTO web_sessions (token_hash, user_id, created_at, seen_at, expires_at, ip) VALUES (?, ?, ?, ?, ?, ?);

-- name: web-session-purge
-- What has expired is nobody's any more; a few at a time, so that no sign-in waits.
DELETE FROM web_sessions WHERE expires_at < ? LIMIT 100;

-- name: web-session-by-token
SELECT u.id, u.username, u.full_name, u.role, u.active, u.user_group, COALESCE(g.campaigns, '') AS campaigns, w.seen_at, w.expires_at
FROM web_sessions w JOIN users u ON u.id = w.user_id LEFT JOIN user_groups g ON g.id = u.user_group
WHERE w.token_hash = ? AND w.expires_at > ? AND u.active;

-- name: web-session-touch
UPDATE web_sessions SET seen_at = ? WHERE token_hash IN (?);

-- name: web-sessions-still
SELECT w.token_hash, w.seen_at FROM web_sessions w JOIN users u ON u.id = w.user_id
WHERE w.token_hash IN (?) AND w.expires_at > ? AND u.active;

-- name: web-session-end
DELETE FROM web_sessions WHERE token_hash = ?;
