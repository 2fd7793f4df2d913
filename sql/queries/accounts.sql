-- name: user-all
SELECT {{account-columns}}, (SELECT COUNT(*) FROM web_sessions w WHERE w.user_id = u.id AND w.expires_at > UTC_TIMESTAMP(3)) AS sessions
FROM users u LEFT JOIN user_groups g ON g.id = u.user_group ORDER BY u.username;

-- name: user-one
SELECT {{account-columns}}, (SELECT COUNT(*) FROM web_sessions w WHERE w.user_id = u.id AND w.expires_at > UTC_TIMESTAMP(3)) AS sessions
FROM users u LEFT JOIN user_groups g ON g.id = u.user_group WHERE u.id = ?;

-- name: user-add
INSERT INTO users (username, full_name, pass_hash, role, active, user_group, created_at, changed_at)
VALUES (:username, :full_name, :pass_hash, :role, :active, :user_group, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3));

-- name: user-save
UPDATE users SET full_name = :full_name, role = :role, active = :active, user_group = :user_group, changed_at = UTC_TIMESTAMP(3) WHERE id = :id;

-- name: user-lock
SELECT pass_hash, totp_secret, totp_step FROM users WHERE id = ? FOR UPDATE;

-- name: user-set-password
UPDATE users SET pass_hash = ? WHERE id = ?;

-- name: user-end-sessions
-- All of a user's browsers, but for the one that asks (its token; '' for none).
DELETE FROM web_sessions WHERE user_id = ? AND token_hash <> ?;

-- name: user-set-totp
UPDATE users SET totp_secret = ?, totp_step = ? WHERE id = ?;

-- name: user-totp
SELECT totp_secret, totp_step FROM users WHERE id = ?;

-- name: user-take-totp
-- A code is taken once: by whoever moves the step on.
UPDATE users SET totp_step = ? WHERE id = ? AND totp_step < ?;

-- name: user-sessions
SELECT created_at, seen_at, ip, token_hash = ? AS this FROM web_sessions WHERE user_id = ? AND expires_at > ? ORDER BY seen_at DESC LIMIT 50;

-- part: account-columns
u.id, u.username, u.full_name, u.role, u.active, u.user_group, COALESCE(g.campaigns, '') AS campaigns, u.totp_secret <> '' AS two_steps
