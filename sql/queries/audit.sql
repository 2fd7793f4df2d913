-- name: audit-add
-- n counts the changes of an object; whoever adds has the object's row locked.
INSERT INTO audit (at, user_id, ip, action, object, n, before_, after_)
SELECT ?, ?, ?, ?, o.object, COALESCE((SELECT MAX(a.n) FROM audit a WHERE a.object = o.object), 0) + 1, ?, ?
FROM (SELECT ? AS object) o;

-- name: audit-seen
SELECT COALESCE(MAX(n), 0) FROM audit WHERE object = ?;

-- name: audit-lately
-- Whether somebody has done that with an object since a moment.
SELECT COUNT(*) > 0 FROM audit WHERE object = ? AND user_id = ? AND action = ? AND at > ?;

-- name: audit-since
-- What was changed since a form was drawn, the oldest first. A change without a
-- user was made by the trunkline command.
SELECT {{audit-columns}} FROM audit a LEFT JOIN users u ON u.id = a.user_id WHERE a.object = ? AND a.n > ? ORDER BY a.n;

-- name: audit-latest
SELECT {{audit-columns}} FROM audit a LEFT JOIN users u ON u.id = a.user_id WHERE a.object = ? ORDER BY a.n DESC, a.id DESC LIMIT 8;

-- part: audit-columns
a.id, a.n, a.at, a.user_id, COALESCE(NULLIF(u.full_name, ''), u.username, IF(a.user_id = 0, 'the command line', 'somebody')) AS who,
  a.action, a.object, a.before_, a.after_, a.ip

-- name: audit-page
-- Keyset by (at, id), the newest first.
SELECT {{audit-columns}} FROM audit a LEFT JOIN users u ON u.id = a.user_id
WHERE a.at >= :from_at AND a.at < :to_at AND (a.at < :before_at OR (a.at = :before_at AND a.id < :before_id))
  AND (:user_id = 0 OR a.user_id = :user_id) AND (:object = '' OR LEFT(a.object, CHAR_LENGTH(:object)) = :object)
ORDER BY a.at DESC, a.id DESC LIMIT :most;
