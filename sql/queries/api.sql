-- name: token-all
SELECT t.id, t.name, t.user_id, t.rights, t.campaigns, t.active, DATE_FORMAT(t.expires_on, '%Y-%m-%d') AS expires_on, t.used_at, t.used_ip,
  COALESCE(u.username, '') AS username, COALESCE(u.active, 0) AS user_active
FROM api_tokens t LEFT JOIN users u ON u.id = t.user_id ORDER BY t.name;

-- name: token-one
SELECT t.id, t.name, t.user_id, t.rights, t.campaigns, t.active, DATE_FORMAT(t.expires_on, '%Y-%m-%d') AS expires_on, t.used_at, t.used_ip
FROM api_tokens t WHERE t.id = ?;

-- name: token-add
INSERT INTO api_tokens (name, token_hash, user_id, rights, campaigns, active, expires_on, created_at)
VALUES (:name, :token_hash, :user_id, :rights, :campaigns, :active, :expires_on, UTC_TIMESTAMP(3));

-- name: token-save
UPDATE api_tokens SET name = :name, rights = :rights, campaigns = :campaigns, active = :active, expires_on = :expires_on WHERE id = :id;

-- name: token-delete
DELETE FROM api_tokens WHERE id = ?;

-- name: token-bearer
-- Who asks with a token that works.
SELECT t.id AS token_id, t.name AS token_name, t.rights, t.campaigns AS token_campaigns, t.used_at,
  u.id, u.username, u.full_name, u.role, u.active, u.user_group, COALESCE(g.campaigns, '') AS campaigns
FROM api_tokens t JOIN users u ON u.id = t.user_id LEFT JOIN user_groups g ON g.id = u.user_group
WHERE t.token_hash = ? AND t.active AND t.expires_on >= ? AND u.active;

-- name: token-touch
UPDATE api_tokens SET used_at = ?, used_ip = ? WHERE id = ?;

-- name: api-answer-purge
DELETE FROM api_answers WHERE at < ? LIMIT 100;

-- name: api-answer-begin
INSERT IGNORE INTO api_answers (token_id, idem_key, request, at, body) VALUES (?, ?, ?, ?, '');

-- name: api-answer
SELECT request, at, status, body FROM api_answers WHERE token_id = ? AND idem_key = ?;

-- name: api-answer-end
UPDATE api_answers SET status = ?, body = ? WHERE token_id = ? AND idem_key = ?;

-- name: api-answer-forget
DELETE FROM api_answers WHERE token_id = ? AND idem_key = ? AND status = 0;

-- name: api-hopper-add
-- A lead that was judged a moment ago, put before the others: the statement looks
-- again whether it is still as it was judged.
INSERT INTO hopper (campaign_id, lead_id, list_id, priority, added_at, source, status, called_since_reset, e164, phone_n, zone_set, mix_step)
SELECT c.id, l.id, l.list_id, ?, ?, 'P', l.status, l.called_since_reset, l.e164, 0, l.zone_set, 0
FROM leads l
JOIN lists li ON li.id = l.list_id AND li.active
JOIN campaigns c ON c.id = li.campaign_id AND c.active
WHERE l.id = ? AND c.id = ? AND l.status = ?
ON DUPLICATE KEY UPDATE priority = IF(claim IS NULL, VALUES(priority), priority);
