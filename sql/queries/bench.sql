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

-- name: bench-own-fields
-- Fields of the lists' own for leads that have none yet, as Trunkline writes them.
INSERT IGNORE INTO lead_custom (lead_id, vals)
SELECT id, CONCAT('{"agreed":"yes","score":"', CRC32(id * 11) % 100, '","tariff":"', ELT(1 + CRC32(id * 13) % 4, 'FLEX', 'FIX', 'FLAT', 'NIGHT'), '"}')
FROM leads WHERE id > ? AND id <= ?;

-- name: bench-own-names
-- Their names, which a filter is held to.
INSERT IGNORE INTO custom_fields (list_id, name, label, type, options, required, position)
SELECT id, 'tariff', 'Tariff', 'TEXT', '', 0, 1 FROM lists UNION ALL SELECT id, 'score', 'Score', 'NUMBER', '', 0, 2 FROM lists;

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

-- name: bench-close-state
-- A call time of the campaign's that lets nobody be called in California, where
-- one lead in nine of those that bench-leads makes is.
REPLACE INTO call_times (id, name, states, campaigns, hours, changed_at) VALUES ('BENCH', 'measured', 'CA closed', ?, 'Mon 0:00-24:00\nCA closed', ?);

-- name: bench-open-state
DELETE FROM call_times WHERE id = 'BENCH';

-- name: bench-warm
-- All rows into memory, where a database server for such lists has them.
SELECT COALESCE(SUM(LENGTH(comments)), 0) FROM leads FORCE INDEX (PRIMARY);

-- name: bench-warm-keys
-- And all indexes.
SELECT (SELECT COUNT(*) FROM leads FORCE INDEX (leads_dialable) WHERE list_id > 0) + (SELECT COUNT(*) FROM leads FORCE INDEX (leads_by_rank) WHERE list_id > 0)
  + (SELECT COUNT(*) FROM leads FORCE INDEX (leads_by_call) WHERE list_id > 0) + (SELECT COUNT(*) FROM leads FORCE INDEX (leads_number) WHERE e164 > '')
  + (SELECT COUNT(*) FROM leads FORCE INDEX (leads_vendor) WHERE vendor_lead_code > '') + (SELECT COUNT(*) FROM leads FORCE INDEX (leads_name) WHERE last_name > '');

-- name: bench-unimport
-- What an import has added to the leads that were made, a part at a time.
DELETE FROM leads WHERE id > ? LIMIT 20000;

-- name: bench-clear
DELETE FROM hopper;

-- name: bench-hopper
INSERT INTO hopper (campaign_id, lead_id, list_id, priority, added_at, source, status, called_since_reset, e164, zone_set)
SELECT ?, id, list_id, 0, ?, 'S', status, called_since_reset, e164, zone_set FROM leads WHERE id > ? ORDER BY id LIMIT ?;

-- name: bench-desk-server
INSERT INTO servers (id, name, telephony, listening, active, ami_addr, ws_url) VALUES (9, 'measured', 1, 1, 1, '127.0.0.1:1', 'wss://measured.invalid:8089/ws');

-- name: bench-desk-carrier
INSERT INTO carriers (id, name, host, port, changed_at) VALUES (1, 'measured', '192.0.2.1', 5060, ?);

-- name: bench-desk-zone
INSERT INTO zone_sets (id, zones) VALUES (900, 'America/New_York');

-- name: bench-desk-users
INSERT INTO users (id, username, full_name, pass_hash, role, user_group, created_at)
SELECT 1000 + seq, CONCAT('desk', seq), CONCAT('Robin ', seq), '', IF(seq = 0, 'admin', 'agent'), 'ALL', ? FROM seq_0_to_10000 WHERE seq <= ?;

-- name: bench-desk-phones
INSERT INTO phones (id, server_id, user_id, login, secret, kind, changed_at)
SELECT 1000 + seq, 9, 1000 + seq, CONCAT('desk', seq), 'measured', 'sip', ? FROM seq_1_to_10000 WHERE seq <= ?;

-- name: bench-desk-leads
-- Those whom the agents talk to, of the leads that are there.
UPDATE leads SET status = 'INCALL', e164 = CONCAT('+1614', LPAD(5550000 + id, 7, '0')), phone_code = '1', phone_number = CONCAT('614', LPAD(5550000 + id, 7, '0')),
  first_name = 'Marisol', last_name = CONCAT('Quintara ', id), address1 = '218 Linden Court', city = 'Columbus', state = 'OH', postal_code = '43004', email = 'marisol@example.com'
WHERE id <= ?;

-- name: bench-desk-calls
-- One call on each line, and before it a day's worth of ten hours, to other leads.
INSERT INTO calls (id, live, state, campaign_id, list_id, lead_id, e164, server_id, carrier_id, session_id, user_id, placed_at, answered_at, bridged_at, ended_at, status)
SELECT 100000 + d.seq * 100 + k.seq, IF(k.seq = 0, 1, NULL), IF(k.seq = 0, 'TALKING', 'ENDED'), ?, l.list_id, l.id, l.e164, 9, 1, 1000 + d.seq, 1000 + d.seq,
  ? - INTERVAL k.seq * 600 SECOND, ? - INTERVAL k.seq * 600 SECOND, ? - INTERVAL k.seq * 600 SECOND, IF(k.seq = 0, NULL, ? - INTERVAL k.seq * 600 - 40 SECOND), IF(k.seq = 0, '', 'NI')
FROM seq_1_to_10000 d JOIN seq_0_to_60 k JOIN leads l ON l.id = IF(k.seq = 0, d.seq, 1 + (d.seq * 61 + k.seq) % ?) WHERE d.seq <= ?;

-- name: bench-desk-sessions
INSERT INTO agent_sessions (id, live, user_id, campaign_id, server_id, phone_id, state, state_since, leg, call_id, seen_at, logged_in_at)
SELECT 1000 + seq, 1, 1000 + seq, ?, 9, 1000 + seq, 'INCALL', ?, CONCAT('tl-a-', 1000 + seq), 100000 + seq * 100, ?, ? FROM seq_1_to_10000 WHERE seq <= ?;

-- name: bench-desk-token
INSERT INTO web_sessions (token_hash, user_id, created_at, seen_at, expires_at, ip) VALUES (:token, :user, :at, :at, :until, '127.0.0.1');

-- name: bench-desk-change
-- As listen writes it: the state with its event.
UPDATE agent_sessions SET state_since = ?, state = IF(state = 'INCALL', 'WRAPUP', 'INCALL') WHERE id = ?;

-- name: bench-desk-event
INSERT INTO events (at, server_id, kind, session_id, campaign_id) VALUES (?, 9, 'agent', ?, ?);
