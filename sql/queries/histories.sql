-- part: history-columns
-- All of compliance.Attempt, of calls c and their statuses s. A call counts as
-- a conversation unless its agent said that nobody was there: of a shift that
-- was lost in mid-call nobody knows.
c.e164, {{history-of-call}}

-- part: history-of-call
c.placed_at, c.ended_at,
c.bridged_at IS NOT NULL AND (COALESCE(s.human, TRUE) OR c.status = 'ERI') AS talked,
c.dropped_at IS NOT NULL OR c.wanted_at IS NOT NULL AND c.bridged_at IS NULL AND c.live IS NULL AS dropped,
c.amd = 'MACHINE' AS machine

-- name: histories
-- The calls that any campaign placed to the numbers since the given time. The
-- limit bounds what one question may cost.
SELECT {{history-columns}}
FROM calls c FORCE INDEX (calls_number) LEFT JOIN statuses s ON s.status = c.status
WHERE c.e164 IN (?) AND c.placed_at >= ? AND c.sent
LIMIT ?;

-- name: history
-- The same of one number, its newest calls.
SELECT {{history-columns}}
FROM calls c FORCE INDEX (calls_number) LEFT JOIN statuses s ON s.status = c.status
WHERE c.e164 = ? AND c.placed_at >= ? AND c.sent
ORDER BY c.placed_at DESC LIMIT ?;

-- name: known-of-numbers
-- All that the rules have to know of numbers, in one answer: who stands on the
-- system's DNC or the campaign's (D), the calls to them since the given time (C,
-- as in histories), and what their owners said last (S, as in
-- consents-of-numbers).
(SELECT 'D' AS what, d.e164, d.campaign_id, CAST(d.added_at AS DATETIME(6)) AS placed_at, CAST(NULL AS DATETIME(6)) AS ended_at,
  FALSE AS talked, FALSE AS dropped, FALSE AS machine, '' AS kind, '' AS level, 0 AS n
FROM dnc d WHERE d.e164 IN (?) AND d.campaign_id IN ('', ?))
UNION ALL
(SELECT 'C', c.e164, '', {{history-of-call}}, '', '', 0
FROM calls c FORCE INDEX (calls_number) LEFT JOIN statuses s ON s.status = c.status
WHERE c.e164 IN (?) AND c.placed_at >= ? AND c.sent
LIMIT ?)
UNION ALL
(SELECT 'S', c.e164, '', CAST(c.at AS DATETIME(6)), NULL, FALSE, FALSE, FALSE, c.kind, c.level, c.n
FROM consents c
JOIN (SELECT MAX(n) AS n FROM consents FORCE INDEX (consents_number) WHERE e164 IN (?) GROUP BY e164, kind) last ON last.n = c.n);
