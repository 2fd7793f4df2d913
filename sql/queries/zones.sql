-- name: zones-begin
INSERT INTO zone_renewal (id, places) VALUES (1, '') ON DUPLICATE KEY UPDATE places = places;

-- name: zones-lock
SELECT places, after_lead, renewed, done_at FROM zone_renewal WHERE id = 1 FOR UPDATE;

-- name: zones-state
SELECT places, after_lead, renewed, done_at FROM zone_renewal WHERE id = 1;

-- name: zones-move
UPDATE zone_renewal SET places = ?, after_lead = ?, renewed = ?, done_at = ? WHERE id = 1;

-- name: zones-leads
-- What the sets of the next leads hang on.
SELECT id, e164, state, postal_code, verified_zone, zone_set FROM leads WHERE id > ? ORDER BY id LIMIT ?;

-- name: zones-phones
-- Their further numbers.
SELECT lead_id AS id, n, e164, zone_set FROM lead_phones WHERE lead_id IN (?);

-- name: zones-renew
-- One that was edited meanwhile has its new set already.
UPDATE leads SET zone_set = ? WHERE id IN (?) AND zone_set = ?;

-- name: zones-renew-phone
UPDATE lead_phones SET zone_set = ? WHERE lead_id = ? AND n = ? AND zone_set = ?;
