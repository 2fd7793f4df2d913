-- name: try-take
-- Takes a try, if there is one, in one statement: web servers that ask at once stand
-- in line at the row, for as long as this takes. Its arguments are what is tried, how
-- long it takes until one comes back, how long for all but one, and the first again,
-- in microseconds. The id that the server reports is how long there is no try, 0: one
-- was taken. This is the generic cell rate algorithm: a bucket of tokens in one time.
INSERT INTO tries (what, back_at) VALUES (?, UTC_TIMESTAMP(3) + INTERVAL ? MICROSECOND)
ON DUPLICATE KEY UPDATE back_at =
  IF(LAST_INSERT_ID(GREATEST(0, TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(3) + INTERVAL ? MICROSECOND, back_at))) = 0,
    GREATEST(back_at, UTC_TIMESTAMP(3)) + INTERVAL ? MICROSECOND,
    back_at);

-- name: try-return
UPDATE tries SET back_at = back_at - INTERVAL ? MICROSECOND WHERE what = ?;

-- name: try-forgive
DELETE FROM tries WHERE what = ?;

-- name: tries-purge
-- Who has all tries back is as one who never tried.
DELETE FROM tries WHERE back_at < UTC_TIMESTAMP(3) LIMIT 1000;
