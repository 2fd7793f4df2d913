-- name: bench-drop-keys
-- Indexes are made faster at once than row by row.
ALTER TABLE leads DROP KEY leads_dialable, DROP KEY leads_by_rank, DROP KEY leads_by_call, DROP KEY leads_number, DROP KEY leads_vendor, DROP KEY leads_name;

-- name: bench-add-keys
ALTER TABLE leads
  ADD KEY leads_dialable (list_id, called_since_reset, status, zone_set, called_count, id),
  ADD KEY leads_by_rank (list_id, called_since_reset, status, lead_rank, id, zone_set, called_count),
  ADD KEY leads_by_call (list_id, called_since_reset, status, last_called_at, id, zone_set, called_count),
  ADD KEY leads_number (e164, list_id, created_at), ADD KEY leads_vendor (vendor_lead_code), ADD KEY leads_name (last_name, first_name);

-- name: bench-leads
-- Leads made by the server itself, for measurements: 70 of 100 new, 20 of status
-- NA of which a part was called since the reset, the rest of statuses that are
-- not dialed; ranks, last calls and area codes by lot. Each list is a run of ids.
INSERT INTO leads (id, list_id, status, called_since_reset, called_count, last_called_at, zone_set, e164, phone_code, phone_number,
  vendor_lead_code, first_name, last_name, address1, city, state, postal_code, lead_rank, owner, created_at)
SELECT n, 101 + (n - 1) DIV ?,
  CASE WHEN c < 70 THEN 'NEW' WHEN c < 90 THEN 'NA' WHEN c < 92 THEN 'B' WHEN c < 95 THEN 'NI' WHEN c < 98 THEN 'SALE' ELSE 'DEC' END,
  CASE WHEN c < 82 THEN 0 WHEN c < 92 THEN 1 + c % 3 ELSE 1 END,
  CASE WHEN c < 70 THEN 0 ELSE 1 + n % 4 END,
  CASE WHEN c < 70 THEN NULL ELSE ? - INTERVAL CRC32(n) % 2500000 SECOND END,
  ELT(1 + n % ?, ?), CONCAT('+1', ELT(1 + n % ?, ?), LPAD(2000000 + n DIV 300, 7, '0')), '1', CONCAT(ELT(1 + n % ?, ?), LPAD(2000000 + n DIV 300, 7, '0')),
  CONCAT('V', n), ELT(1 + n % 5, 'Ann', 'Bob', 'Cid', 'Dee', 'Eva'), CONCAT(ELT(1 + CRC32(n) % 7, 'Smith', 'Jones', 'Garcia', 'Miller', 'Davis', 'Lopez', 'Moore'), n % 1000),
  CONCAT(n % 9999, ' Main Street'), 'Springfield', '', LPAD(n % 99999, 5, '0'), CRC32(n * 7) % 100, '', ?
FROM (SELECT seq + ? AS n, CRC32(CONCAT(seq + ?, 'x')) % 100 AS c FROM seq_1_to_100000) s WHERE n <= ?;

-- name: bench-lists
INSERT INTO lists (id, campaign_id, name, active, created_at) SELECT 100 + seq, ?, 'measured', TRUE, ? FROM seq_1_to_100 WHERE seq <= ?;

-- name: bench-campaign
INSERT INTO campaigns (id, name, active, dial_level, carrier_id, caller_id, hopper_level, call_from_min, call_to_min, dial_statuses, changed_at)
VALUES (?, 'measured', TRUE, 2, 1, '12125550100', ?, 0, 1440, 'NEW NA', ?);

-- name: bench-order
UPDATE campaigns SET lead_order = ? WHERE id = ?;

-- name: bench-dnc
INSERT IGNORE INTO dnc (campaign_id, e164, source, added_at) SELECT '', e164, 'import', ? FROM leads WHERE id <= ? AND id % ? = 0;

-- name: bench-recycle
INSERT INTO lead_recycles (campaign_id, status, delay_s, max_attempts) VALUES (?, 'NA', 3600, 3);

-- name: bench-no-recycle
DELETE FROM lead_recycles;

-- name: bench-list-each
-- Each list to a campaign of its own.
UPDATE lists SET campaign_id = CONCAT('B', id - 100);

-- name: bench-warm
-- All rows into memory, where a database server for such lists has them.
SELECT COALESCE(SUM(LENGTH(comments)), 0) FROM leads FORCE INDEX (PRIMARY);

-- name: bench-clear
DELETE FROM hopper;

-- name: bench-hopper
INSERT INTO hopper (campaign_id, lead_id, list_id, priority, added_at, source, status, called_since_reset, e164, zone_set)
SELECT ?, id, list_id, 0, ?, 'S', status, called_since_reset, e164, zone_set FROM leads WHERE id > ? ORDER BY id LIMIT ?;
