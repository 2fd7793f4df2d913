-- name: lease-renew
-- The holder of an epoch may renew it even when it has run out, as long as
-- nobody has taken it: the epoch would have grown.
UPDATE leases SET expires_at = TIMESTAMPADD(MICROSECOND, ?, UTC_TIMESTAMP(3))
WHERE name = ? AND holder = ? AND epoch = ?;

-- name: lease-take
-- Compare and set on the database's clock: of many who try, one finds the row.
UPDATE leases SET holder = ?, epoch = epoch + 1, expires_at = TIMESTAMPADD(MICROSECOND, ?, UTC_TIMESTAMP(3))
WHERE name = ? AND expires_at <= UTC_TIMESTAMP(3);

-- name: lease-inherit
-- A process that was started in the place of one that died need not wait for the
-- end of its lease.
UPDATE leases SET holder = ?, epoch = epoch + 1, expires_at = TIMESTAMPADD(MICROSECOND, ?, UTC_TIMESTAMP(3))
WHERE name = ? AND holder LIKE ? AND holder <> ?;

-- name: lease-create
INSERT INTO leases (name, holder, epoch, expires_at)
VALUES (?, ?, 1, TIMESTAMPADD(MICROSECOND, ?, UTC_TIMESTAMP(3)));

-- name: lease-read
SELECT holder, epoch, expires_at, UTC_TIMESTAMP(3) AS now FROM leases WHERE name = ?;

-- name: lease-shorten
-- A lease that runs on for longer than any holder asked for is from before the
-- database's clock was set back. Its holder, if it lives, renews it within the
-- time that is left.
UPDATE leases SET expires_at = TIMESTAMPADD(MICROSECOND, ?, UTC_TIMESTAMP(3))
WHERE name = ? AND expires_at > TIMESTAMPADD(MICROSECOND, ?, UTC_TIMESTAMP(3));

-- name: lease-end
-- A holder that stops in good order lets the next begin at once.
UPDATE leases SET expires_at = UTC_TIMESTAMP(3) WHERE name = ? AND holder = ? AND epoch = ?;

-- name: lease-end-of
-- Of a holder that has died. Epochs fence off what it may still have under way.
UPDATE leases SET expires_at = UTC_TIMESTAMP(3)
WHERE name = ? AND LEFT(holder, CHAR_LENGTH(?)) = ? AND expires_at > UTC_TIMESTAMP(3);
