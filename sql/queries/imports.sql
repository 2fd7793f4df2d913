-- part: import-columns
i.id, i.list_id, i.user_id, i.state, i.file_name, i.file_id, i.path, i.host, i.epoch, i.bytes, i.digest, i.options, i.position, i.total_rows,
i.accepted, i.updated, i.rejected, i.duplicates, i.dnc, i.report, i.problem, i.holder, i.beat_at, i.created_at, i.started_at, i.done_at

-- name: import-insert
INSERT INTO imports (list_id, user_id, state, file_name, file_id, host, bytes, digest, options, report, created_at)
VALUES (?, ?, 'NEW', ?, ?, ?, ?, ?, ?, '{}', ?);

-- name: import-by-id
SELECT {{import-columns}} FROM imports i WHERE i.id = ?;

-- name: import-lock
SELECT {{import-columns}} FROM imports i WHERE i.id = ? FOR UPDATE;

-- name: imports-latest
SELECT {{import-columns}} FROM imports i ORDER BY i.id DESC LIMIT ?;

-- name: imports-of-list
SELECT {{import-columns}} FROM imports i WHERE i.list_id = ? ORDER BY i.id DESC LIMIT ?;

-- name: import-cut-off
-- The command line's last import of the same file into the list that did not
-- reach its end.
SELECT {{import-columns}} FROM imports i
WHERE i.list_id = ? AND i.digest = ? AND i.bytes = ? AND i.host = '' AND i.state IN ('RUNNING', 'PAUSED')
ORDER BY i.id DESC LIMIT 1;

-- part: import-silent
(i.beat_at IS NULL OR i.beat_at NOT BETWEEN TIMESTAMPADD(MICROSECOND, ?, UTC_TIMESTAMP(3)) AND TIMESTAMPADD(MICROSECOND, ?, UTC_TIMESTAMP(3)))

-- name: imports-waiting
-- Work for a web server that no process is at: it was to begin, or its process is
-- gone. What has its file in a folder yet is for that folder's server to bring. A
-- beat that lies ahead is from before the database's clock was set back.
SELECT i.id FROM imports i
WHERE i.host <> '' AND i.state IN ('CHECKING', 'RUNNING', 'UNDOING') AND (i.path = '' OR i.state = 'UNDOING') AND {{import-silent}}
ORDER BY i.id;

-- name: import-claim
UPDATE imports i SET i.holder = ?, i.epoch = i.epoch + 1, i.beat_at = UTC_TIMESTAMP(3), i.started_at = COALESCE(i.started_at, UTC_TIMESTAMP(3))
WHERE i.id = ? AND i.state IN ('CHECKING', 'RUNNING', 'UNDOING') AND {{import-silent}};

-- name: import-beat
UPDATE imports SET beat_at = UTC_TIMESTAMP(3) WHERE id = ? AND holder = ? AND epoch = ?;

-- name: import-release
-- Its process ends before the work does: whoever comes next need not wait for it
-- to be missed.
UPDATE imports SET holder = '', beat_at = NULL WHERE id = ? AND holder = ? AND epoch = ?;

-- name: import-move
UPDATE imports SET position = ?, total_rows = ?, accepted = ?, updated = ?, rejected = ?, duplicates = ?, dnc = ?, report = ?, beat_at = UTC_TIMESTAMP(3)
WHERE id = ?;

-- name: import-set-state
UPDATE imports SET state = ?, problem = ?, total_rows = ?, holder = '', beat_at = NULL, done_at = ? WHERE id = ? AND state = ? AND holder = ? AND epoch = ?;

-- name: import-switch
-- What a person asks for: from one of the states into another.
UPDATE imports SET state = ?, beat_at = IF(? = 'PAUSED', beat_at, NULL) WHERE id = ? AND state IN (?);

-- name: import-begin
-- From its first row, with these options: a dry run, or the import after one.
UPDATE imports SET state = ?, options = ?, position = 0, accepted = 0, updated = 0, rejected = 0, duplicates = 0, dnc = 0, report = '{}',
  problem = '', holder = '', beat_at = NULL, created_at = ?, started_at = NULL, done_at = NULL
WHERE id = ? AND state IN ('NEW', 'CHECKED', 'FAILED') AND NOT (state = 'FAILED' AND accepted > 0);

-- name: imports-in-folder
-- Those that may need their file, which a version before this one kept in a
-- folder of the server.
SELECT {{import-columns}} FROM imports i
WHERE i.host = ? AND i.path <> '' AND i.state IN ('NEW', 'CHECKING', 'CHECKED', 'RUNNING', 'PAUSED', 'FAILED');

-- name: import-file
UPDATE imports SET file_id = ?, path = '' WHERE id = ?;

-- name: lead-file-insert
INSERT INTO lead_files (created_at) VALUES (UTC_TIMESTAMP(3));

-- name: lead-file-part-insert
INSERT INTO lead_file_parts (file_id, n, digest, body) VALUES (?, ?, ?, ?);

-- name: lead-file-part
SELECT digest, body FROM lead_file_parts WHERE file_id = ? AND n = ?;

-- name: lead-files-done-with
-- Files that no import reads any more: it has come to its end, nobody went on
-- with it for a week, or the file never came whole.
SELECT f.id FROM lead_files f LEFT JOIN imports i ON i.file_id = f.id
WHERE i.id IS NULL AND f.created_at < TIMESTAMPADD(HOUR, -24, UTC_TIMESTAMP(3))
   OR i.state IN ('DONE', 'UNDOING', 'UNDONE') OR i.state = 'FAILED' AND i.accepted > 0
   OR i.state NOT IN ('CHECKING', 'RUNNING') AND f.created_at < TIMESTAMPADD(DAY, -7, UTC_TIMESTAMP(3))
LIMIT 100;

-- name: lead-file-unlink
UPDATE imports SET file_id = 0 WHERE file_id = ?;

-- name: lead-file-parts-delete
DELETE FROM lead_file_parts WHERE file_id = ? ORDER BY n LIMIT 16;

-- name: lead-file-delete
DELETE FROM lead_files WHERE id = ?;

-- name: import-rejects-clear
DELETE FROM import_rejects WHERE import_id = ? LIMIT 10000;

-- name: import-reject-insert
INSERT INTO import_rejects (import_id, row_no, kind, reason, record) VALUES (:import_id, :row_no, :kind, :reason, :record);

-- name: import-rejects
SELECT row_no, kind, reason, record FROM import_rejects WHERE import_id = ? AND row_no > ? ORDER BY row_no LIMIT ?;

-- name: import-lists-of-campaign
SELECT id FROM lists WHERE campaign_id = (SELECT campaign_id FROM lists WHERE id = ?) ORDER BY id FOR UPDATE;

-- name: import-lists-all
SELECT id FROM lists ORDER BY id FOR UPDATE;

-- name: import-statuses
-- What a lead may stand in whose call is over.
SELECT status FROM statuses WHERE status NOT IN (?, ?) ORDER BY status;

-- name: import-campaign
SELECT campaign_id FROM lists WHERE id = ?;

-- name: import-known
-- Which of the numbers leads have, from the index alone.
SELECT id, e164, list_id, created_at FROM leads FORCE INDEX (leads_number) WHERE e164 IN (?) AND created_at >= ?;

-- name: import-known-in
SELECT id, e164, list_id, created_at FROM leads FORCE INDEX (leads_number) WHERE e164 IN (?) AND list_id IN (?) AND created_at >= ?;

-- name: import-known-codes
-- Which leads of these lists have one of the vendor's codes.
SELECT id, LOWER(vendor_lead_code) AS code, list_id, created_at FROM leads FORCE INDEX (leads_vendor)
WHERE vendor_lead_code IN (?) AND list_id IN (?) AND created_at >= ?;

-- name: leads-addresses
-- What the zones of leads hang on beside their number; held until they are
-- brought up to date.
SELECT id, state, postal_code, verified_zone FROM leads WHERE id IN (?) FOR UPDATE;

-- name: leads-update-known
-- Brings leads that are there up to date: what is empty stays as it is. The store
-- repeats the row of values, and holds the leads, so that none is removed
-- meanwhile. Status, calls and the import that brought the lead are never changed.
-- The time of the edit is the batch's own: the hopper looks at what was edited since
-- its last look.
INSERT INTO leads (id, list_id, zone_set, e164, phone_code, phone_number, vendor_lead_code, source_id, title, first_name,
  middle_initial, last_name, address1, address2, address3, city, state, province, postal_code, country_code, gender,
  date_of_birth, alt_phone, email, security_phrase, comments, lead_rank, owner, verified_zone, created_at, changed_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(3))
ON DUPLICATE KEY UPDATE
  zone_set = VALUES(zone_set),
  e164 = VALUES(e164), phone_code = VALUES(phone_code), phone_number = VALUES(phone_number),
  vendor_lead_code = IF(VALUES(vendor_lead_code) = '', vendor_lead_code, VALUES(vendor_lead_code)),
  source_id = IF(VALUES(source_id) = '', source_id, VALUES(source_id)), title = IF(VALUES(title) = '', title, VALUES(title)),
  first_name = IF(VALUES(first_name) = '', first_name, VALUES(first_name)),
  middle_initial = IF(VALUES(middle_initial) = '', middle_initial, VALUES(middle_initial)),
  last_name = IF(VALUES(last_name) = '', last_name, VALUES(last_name)),
  address1 = IF(VALUES(address1) = '', address1, VALUES(address1)), address2 = IF(VALUES(address2) = '', address2, VALUES(address2)),
  address3 = IF(VALUES(address3) = '', address3, VALUES(address3)), city = IF(VALUES(city) = '', city, VALUES(city)),
  state = IF(VALUES(state) = '', state, VALUES(state)), province = IF(VALUES(province) = '', province, VALUES(province)),
  postal_code = IF(VALUES(postal_code) = '', postal_code, VALUES(postal_code)),
  country_code = IF(VALUES(country_code) = '', country_code, VALUES(country_code)), gender = IF(VALUES(gender) = '', gender, VALUES(gender)),
  date_of_birth = IF(VALUES(date_of_birth) = '', date_of_birth, VALUES(date_of_birth)),
  alt_phone = IF(VALUES(alt_phone) = '', alt_phone, VALUES(alt_phone)), email = IF(VALUES(email) = '', email, VALUES(email)),
  security_phrase = IF(VALUES(security_phrase) = '', security_phrase, VALUES(security_phrase)),
  comments = IF(VALUES(comments) = '', comments, VALUES(comments)), lead_rank = IF(?, VALUES(lead_rank), lead_rank),
  owner = IF(VALUES(owner) = '', owner, VALUES(owner)), verified_zone = IF(VALUES(verified_zone) = '', verified_zone, VALUES(verified_zone)),
  changed_at = VALUES(changed_at);

-- name: lead-phones-replace
-- A number that stays keeps what is known of it; above all, whether somebody has
-- switched it off.
INSERT INTO lead_phones (lead_id, n, label, e164, phone_code, phone_number, zone_set)
VALUES (:lead_id, :n, :label, :e164, :phone_code, :phone_number, :zone_set)
ON DUPLICATE KEY UPDATE label = VALUES(label), phone_code = VALUES(phone_code), phone_number = VALUES(phone_number), zone_set = VALUES(zone_set),
  active = IF(e164 = VALUES(e164), active, TRUE), status = IF(e164 = VALUES(e164), status, ''), called_count = IF(e164 = VALUES(e164), called_count, 0),
  called_at = IF(e164 = VALUES(e164), called_at, NULL), e164 = VALUES(e164);

-- name: lead-custom-merge
INSERT INTO lead_custom (lead_id, vals) VALUES (:lead_id, :vals)
ON DUPLICATE KEY UPDATE vals = JSON_MERGE_PATCH(vals, VALUES(vals));

-- name: import-new-ids
-- The leads that a batch has just added, in their order.
SELECT id, list_id, e164 FROM leads FORCE INDEX (leads_number) WHERE e164 IN (?) AND list_id IN (?) AND created_at = ? ORDER BY e164, id;

-- name: lead-phones-insert
INSERT INTO lead_phones (lead_id, n, label, e164, phone_code, phone_number, zone_set)
VALUES (:lead_id, :n, :label, :e164, :phone_code, :phone_number, :zone_set);

-- name: lead-custom-insert
INSERT INTO lead_custom (lead_id, vals) VALUES (:lead_id, :vals);

-- name: import-undo-find
-- Leads of an import by the list's index; those that were called since stay.
SELECT id, COALESCE(last_called_at >= created_at, FALSE) AS called FROM leads WHERE list_id IN (?) AND import_id = ? AND id > ? ORDER BY id LIMIT ?;

-- name: import-undo-leads
DELETE FROM leads WHERE id IN (?) AND (last_called_at IS NULL OR last_called_at < created_at) AND import_id = ?;

-- name: import-undo-hopper
DELETE FROM hopper WHERE lead_id IN (?) AND claim IS NULL;

-- name: import-undo-claimed
SELECT lead_id FROM hopper WHERE lead_id IN (?);

-- name: import-undo-phones
DELETE FROM lead_phones WHERE lead_id IN (?);

-- name: import-undo-custom
DELETE FROM lead_custom WHERE lead_id IN (?);

-- name: custom-fields-of-list
SELECT id, list_id, name, label, type, options, required, position FROM custom_fields WHERE list_id = ? ORDER BY position, id;
