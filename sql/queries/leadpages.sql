-- part: lead-line
SELECT l.id, l.list_id, l.status, COALESCE(t.name, l.status) AS status_name, l.e164, TRIM(CONCAT(l.first_name, ' ', l.last_name)) AS name, l.city, l.state,
  l.vendor_lead_code, l.called_count, l.last_called_at, li.name AS list_name, li.campaign_id
FROM leads l JOIN lists li ON li.id = l.list_id LEFT JOIN statuses t ON t.status = l.status

-- name: leads-by-id
{{lead-line}}
WHERE l.id = ?;

-- name: leads-by-number
{{lead-line}}
WHERE l.e164 = ? AND l.id > ? ORDER BY l.id LIMIT ?;

-- name: leads-by-further-number
{{lead-line}}
JOIN lead_phones p ON p.lead_id = l.id WHERE p.e164 = ? AND l.id > ? ORDER BY l.id LIMIT ?;

-- name: leads-by-vendor
{{lead-line}}
WHERE l.vendor_lead_code = ? AND l.id > ? ORDER BY l.id LIMIT ?;

-- name: leads-by-name
{{lead-line}}
WHERE l.last_name LIKE ? AND l.first_name LIKE ? AND l.id > ? ORDER BY l.id LIMIT ?;

-- name: leads-by-list
{{lead-line}}
WHERE l.list_id = ? AND l.status = ? AND l.id > ? ORDER BY l.id LIMIT ?;

-- name: lead-edit-one
SELECT l.id, l.list_id, l.status, l.phone_code, l.phone_number, l.e164, l.vendor_lead_code, l.source_id, l.title, l.first_name, l.middle_initial,
  l.last_name, l.address1, l.address2, l.address3, l.city, l.state, l.province, l.postal_code, l.country_code, l.gender, l.date_of_birth, l.alt_phone,
  l.email, l.security_phrase, l.comments, l.lead_rank, l.owner, l.verified_zone, li.campaign_id
FROM leads l JOIN lists li ON li.id = l.list_id WHERE l.id = ?;

-- name: lead-edit-save
UPDATE leads SET list_id = :list_id, status = :status, phone_code = :phone_code, phone_number = :phone_number, e164 = :e164, vendor_lead_code = :vendor_lead_code,
  source_id = :source_id, title = :title, first_name = :first_name, middle_initial = :middle_initial, last_name = :last_name,
  address1 = :address1, address2 = :address2, address3 = :address3, city = :city, state = :state, province = :province, postal_code = :postal_code,
  country_code = :country_code, gender = :gender, date_of_birth = :date_of_birth, alt_phone = :alt_phone, email = :email, security_phrase = :security_phrase,
  comments = :comments, lead_rank = :lead_rank, owner = :owner, verified_zone = :verified_zone, zone_set = :zone_set, changed_at = :changed_at
WHERE id = :id;

-- name: lead-edit-statuses
SELECT status, name FROM statuses WHERE status NOT IN ('QUEUE', 'INCALL') ORDER BY selectable DESC, position, status;

-- name: lead-facts
-- What is known of a lead beside its fields.
SELECT l.called_count, l.called_since_reset, l.last_called_at, l.created_at, l.changed_at, l.import_id, COALESCE(z.zones, '') AS zones,
  COALESCE(c.vals, '') AS custom, (SELECT COUNT(*) FROM hopper h WHERE h.lead_id = l.id) AS in_hopper
FROM leads l LEFT JOIN zone_sets z ON z.id = l.zone_set LEFT JOIN lead_custom c ON c.lead_id = l.id WHERE l.id = ?;

-- name: lead-phones-of
SELECT n, label, e164, active, status, called_count, called_at FROM lead_phones WHERE lead_id = ? ORDER BY n;

-- name: lead-phones-clear
-- Those of alt_phone and address3 that are there no more.
DELETE FROM lead_phones WHERE lead_id = ? AND n <= 2 AND n NOT IN (?);

-- name: lead-phone-active
UPDATE lead_phones SET active = ? WHERE lead_id = ? AND n = ?;

-- name: lead-custom-put
INSERT INTO lead_custom (lead_id, vals) VALUES (?, ?) ON DUPLICATE KEY UPDATE vals = VALUES(vals);

-- name: lead-changed
-- The hopper looks at what was edited since its last look.
UPDATE leads SET changed_at = UTC_TIMESTAMP(3) WHERE id = ?;

-- name: lead-custom-one
SELECT vals FROM lead_custom WHERE lead_id = ?;

-- name: dnc-list
SELECT e164, campaign_id, source, user_id, note, added_at FROM dnc WHERE campaign_id = ? AND e164 > ? AND e164 LIKE ? ORDER BY e164 LIMIT ?;

-- name: dnc-of-number
SELECT e164, campaign_id, source, user_id, note, added_at FROM dnc WHERE e164 IN (?) ORDER BY campaign_id;

-- name: dnc-add-all
-- The store repeats the row. What stands there already keeps its source.
INSERT IGNORE INTO dnc (campaign_id, e164, source, user_id, note, added_at) VALUES (:campaign_id, :e164, :source, :user_id, :note, :added_at);

-- name: dnc-known
SELECT e164 FROM dnc WHERE e164 IN (?) AND campaign_id = ?;

-- name: dnc-remove
DELETE FROM dnc WHERE e164 = ? AND campaign_id = ?;

-- name: leads-freed
-- Leads whose number may be called again: the hopper looks at what was edited
-- since its last look, and these count as that.
UPDATE leads SET changed_at = UTC_TIMESTAMP(3) WHERE e164 = ?;

-- name: leads-freed-all
UPDATE leads SET changed_at = UTC_TIMESTAMP(3) WHERE e164 IN (?);

-- name: leads-under
-- The next numbers after one, up to an end, that leads have.
SELECT DISTINCT e164 FROM leads FORCE INDEX (leads_number) WHERE e164 > ? AND e164 < ? ORDER BY e164 LIMIT ?;

-- name: dnc-log-add-all
INSERT INTO dnc_log (at, action, campaign_id, e164, source, user_id, note) VALUES (:at, :action, :campaign_id, :e164, :source, :user_id, :note);

-- name: dnc-log
SELECT g.id, g.at, g.action, g.campaign_id, g.e164, g.source, g.note, COALESCE(NULLIF(u.full_name, ''), u.username, '') AS who
FROM dnc_log g LEFT JOIN users u ON u.id = g.user_id WHERE g.id < ? ORDER BY g.id DESC LIMIT ?;

-- name: dnc-log-of
SELECT g.id, g.at, g.action, g.campaign_id, g.e164, g.source, g.note, COALESCE(NULLIF(u.full_name, ''), u.username, '') AS who
FROM dnc_log g LEFT JOIN users u ON u.id = g.user_id WHERE g.e164 IN (?) ORDER BY g.id DESC LIMIT 50;
