-- part: lead-columns
-- All of dialer.Lead, of a leads l and its zone_sets z (which may be missing).
l.id, l.list_id, l.status, l.e164, l.phone_code, l.phone_number, COALESCE(z.zones, '') AS zones,
l.vendor_lead_code, l.source_id, l.title, l.first_name, l.middle_initial, l.last_name,
l.address1, l.address2, l.address3, l.city, l.state, l.province, l.postal_code, l.country_code,
l.gender, l.date_of_birth, l.alt_phone, l.email, l.security_phrase, l.comments, l.lead_rank, l.owner,
l.called_count, l.called_since_reset, l.last_called_at

-- part: lead-list-columns
-- What the lead's list li, which may be missing, sets in place of its campaign, with
-- its call time lt.
COALESCE(li.caller_id, '') AS list_caller_id, li.call_from_min AS list_from, li.call_to_min AS list_to, COALESCE(lt.hours, '') AS list_call_time

-- name: leads-lock-list
-- One import at a time adds to a list: what the second finds known, the first
-- has committed.
SELECT id FROM lists WHERE id = ? FOR UPDATE;

-- name: lists-all
SELECT l.id, l.campaign_id, l.name, l.active, (SELECT COUNT(*) FROM leads k WHERE k.list_id = l.id) AS leads
FROM lists l ORDER BY l.id;

-- name: list-campaign
-- Whether the campaign of a new list exists, and goes on existing until then.
SELECT id FROM campaigns WHERE id = ? FOR UPDATE;

-- name: list-insert
INSERT INTO lists (id, campaign_id, name, active, created_at) VALUES (?, ?, ?, TRUE, ?);

-- name: leads-known
-- Which of the numbers the list holds already.
SELECT DISTINCT e164 FROM leads FORCE INDEX (leads_number) WHERE e164 IN (?) AND list_id = ?;

-- name: leads-insert
-- The store repeats the row of values, and leaves out columns that are empty in
-- all rows.
INSERT INTO leads (list_id, status, zone_set, e164, phone_code, phone_number, vendor_lead_code, source_id, title, first_name,
  middle_initial, last_name, address1, address2, address3, city, state, province, postal_code, country_code, gender,
  date_of_birth, alt_phone, email, security_phrase, comments, lead_rank, owner, verified_zone, import_id, created_at,
  called_count, last_called_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: zone-set-by-zones
SELECT id FROM zone_sets WHERE zones = ?;

-- name: zone-set-insert
-- Only after a look: an insert that meets its duplicate uses up an id all the
-- same, and there are 65,535.
INSERT INTO zone_sets (zones) VALUES (?);
