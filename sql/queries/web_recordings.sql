-- name: web-recordings
-- Keyset by (started_at, call_id, file), the newest first. The scope is '*' or
-- campaigns separated by commas.
SELECT {{web-recording-columns}}
WHERE r.started_at >= :from_at AND r.started_at < :to_at
  AND (r.started_at < :before_at OR (r.started_at = :before_at AND (r.call_id < :before_call OR (r.call_id = :before_call AND r.file < :before_file))))
  AND (:scope = '*' OR FIND_IN_SET(c.campaign_id, :scope) > 0)
  AND (:campaign = '' OR c.campaign_id = :campaign) AND (:username = '' OR u.username = :username) AND (:e164 = '' OR c.e164 = :e164)
  AND (:list = 0 OR c.list_id = :list) AND (:status = '' OR c.status = :status)
ORDER BY r.started_at DESC, r.call_id DESC, r.file DESC LIMIT :most;

-- name: web-recordings-of-call
SELECT {{web-recording-columns}} WHERE r.call_id = ? ORDER BY r.started_at, r.file;

-- part: web-recording-columns
r.call_id, r.file, r.started_at, r.state, r.bytes, r.length_ms, r.sha256, v.name AS server_name, c.campaign_id, k.name AS campaign_name, c.e164, c.status,
  COALESCE(u.username, '') AS username, COALESCE(NULLIF(u.full_name, ''), u.username, '') AS agent,
  TRIM(CONCAT(COALESCE(l.first_name, ''), ' ', COALESCE(l.last_name, ''))) AS customer
FROM recordings r
JOIN calls c ON c.id = r.call_id
JOIN campaigns k ON k.id = c.campaign_id
JOIN servers v ON v.id = r.server_id
LEFT JOIN users u ON u.id = c.user_id
LEFT JOIN leads l ON l.id = c.lead_id
