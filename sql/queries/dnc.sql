-- How a number is looked up: by itself and by its wildcard, LEFT(e164, 5) and a
-- star (dialer.DNCWildcard), each for the system and the campaign at once. In a
-- statement over leads that is two joins by key:
--   LEFT JOIN dnc d ON d.e164 = l.e164 AND d.campaign_id IN ('', ?)
--   LEFT JOIN dnc w ON w.e164 = CONCAT(LEFT(l.e164, 5), '*') AND w.campaign_id IN ('', ?)
--   ... AND d.e164 IS NULL AND w.e164 IS NULL

-- name: dnc-find
-- Which of the numbers and wildcards stand on the system's list ('') or the
-- campaign's.
SELECT e164, campaign_id FROM dnc WHERE e164 IN (?) AND campaign_id IN ('', ?);

-- name: dnc-log-add
INSERT INTO dnc_log (at, action, campaign_id, e164, source, user_id, note) VALUES (?, ?, ?, ?, ?, ?, ?);

-- name: scrub-add
INSERT INTO scrubs (register, at, numbers, user_id, note, noted_at) VALUES (:register, :at, :numbers, :user_id, :note, :noted_at);

-- name: scrubs-last
SELECT register, MAX(at) AS at FROM scrubs GROUP BY register;
