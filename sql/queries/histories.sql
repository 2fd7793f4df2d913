-- part: history-columns
-- All of compliance.Attempt, of calls c and their statuses s. A call counts as
-- a conversation unless its agent said that nobody was there: of a shift that
-- was lost in mid-call nobody knows.
c.e164, c.placed_at, c.ended_at,
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
