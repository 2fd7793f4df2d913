-- name: user-insert
INSERT INTO users (username, full_name, pass_hash, role, active, created_at)
VALUES (:username, :full_name, :pass_hash, :role, TRUE, UTC_TIMESTAMP(3));

-- name: user-by-username
SELECT id, username, full_name, pass_hash, role, active FROM users WHERE username = ?;

-- name: users-all
SELECT id, username, full_name, pass_hash, role, active FROM users ORDER BY username;

-- name: phone-insert
INSERT INTO phones (server_id, user_id, login, secret, kind, contact, changed_at)
VALUES (:server_id, :user_id, :login, :secret, :kind, :contact, UTC_TIMESTAMP(3));

-- name: phones-changed
-- Ends the transaction of each change of phones.
INSERT INTO phone_changes (id, changes) VALUES (1, 1) ON DUPLICATE KEY UPDATE changes = changes + 1;

-- name: users-without-phone
-- Who has no browser phone on a server: those who were there before it joined.
SELECT u.id, u.username, u.full_name, u.pass_hash, u.role, u.active FROM users u
WHERE u.active AND NOT EXISTS (SELECT 1 FROM phones p WHERE p.user_id = u.id AND p.server_id = ?);
