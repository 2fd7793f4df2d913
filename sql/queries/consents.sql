-- name: consent-head
SELECT n, hash FROM consent_head WHERE id = 1 FOR UPDATE;

-- name: consent-head-set
UPDATE consent_head SET n = ?, hash = ? WHERE id = 1;

-- name: consent-last
SELECT n, hash FROM consent_head WHERE id = 1;

-- name: consent-add
INSERT INTO consents (n, at, e164, kind, level, source, user_id, evidence, prev, hash)
VALUES (:n, :at, :e164, :kind, :level, :source, :user_id, :evidence, :prev, :hash);

-- name: consents-after
SELECT n, at, e164, kind, level, source, user_id, evidence, prev, hash FROM consents WHERE n > ? ORDER BY n LIMIT ?;

-- name: consents-of
SELECT n, at, e164, kind, level, source, user_id, evidence, prev, hash FROM consents WHERE e164 = ? ORDER BY n;

-- name: consents-of-numbers
-- What was last said of each of the numbers, of each kind.
SELECT c.n, c.at, c.e164, c.kind, c.level, c.source, c.user_id, c.evidence, c.prev, c.hash FROM consents c
JOIN (SELECT MAX(n) AS n FROM consents FORCE INDEX (consents_number) WHERE e164 IN (?) GROUP BY e164, kind) last ON last.n = c.n
ORDER BY c.n;
