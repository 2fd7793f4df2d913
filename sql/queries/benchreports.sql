-- name: bench-calls-drop-keys
-- Indexes are made faster at once than row by row.
ALTER TABLE calls DROP KEY calls_campaign, DROP KEY calls_lead, DROP KEY calls_number, DROP KEY calls_session, DROP KEY calls_live, DROP KEY calls_user;

-- name: bench-calls-add-keys
ALTER TABLE calls
  ADD KEY calls_live (server_id, live, state), ADD KEY calls_campaign (campaign_id, placed_at), ADD KEY calls_lead (lead_id, placed_at),
  ADD KEY calls_number (e164, placed_at), ADD KEY calls_session (session_id, placed_at), ADD KEY calls_user (user_id, placed_at);

-- name: bench-calls
-- Ended calls made by the server itself, for measurements: twelve hours a day,
-- four campaigns with two lists each, two carriers; 35 of 100 ring in vain, 30
-- are machines, 10 fail, 25 are people, of whom 100 agents get all but one in
-- fifty. The parameters are the calls a day, the first moment, and the number
-- after which the next 100,000 come, up to the last.
INSERT INTO calls (id, live, state, campaign_id, list_id, lead_id, e164, server_id, carrier_id, session_id, user_id, placed_at, ringing_at, answered_at,
  wanted_at, bridged_at, dropped_at, ended_at, status, cause, sip_code, ended_by, amd, amd_cause)
SELECT n, NULL, 'ENDED', CONCAT('B', 1 + camp), 101 + 2 * camp + list, 1 + n % 1000000, CONCAT('+1212', LPAD(2000000 + n % 1000000, 7, '0')), 1, 1 + n % 2,
  IF(agent, 1 + day * 100 + who, NULL), IF(agent, 1 + who, NULL), at, IF(c < 92, at + INTERVAL 2 SECOND, NULL), IF(c >= 35 AND c < 65 OR c >= 75, at + INTERVAL 9 SECOND, NULL),
  IF(c >= 75, at + INTERVAL 10 SECOND, NULL), IF(agent, at + INTERVAL 10200 * 1000 MICROSECOND, NULL), IF(c >= 75 AND NOT agent, at + INTERVAL 12 SECOND, NULL),
  at + INTERVAL CASE WHEN c < 35 THEN 26 WHEN c < 65 THEN 13 WHEN c < 75 THEN 3 ELSE 20 + d % 200 END SECOND,
  CASE WHEN c < 35 THEN 'NA' WHEN c < 65 THEN 'A' WHEN c < 69 THEN 'B' WHEN c < 73 THEN 'DC' WHEN c < 75 THEN 'ADC' WHEN NOT agent THEN 'DROP'
    ELSE ELT(1 + d % 8, 'NI', 'NI', 'NI', 'CALLBK', 'SALE', 'DEC', 'DNC', 'A') END,
  CASE WHEN c < 35 THEN 19 WHEN c < 65 THEN 16 WHEN c < 69 THEN 17 WHEN c < 73 THEN 1 WHEN c < 75 THEN 34 ELSE 16 END,
  CASE WHEN c < 35 THEN 487 WHEN c < 65 THEN 200 WHEN c < 69 THEN 486 WHEN c < 73 THEN 404 WHEN c < 75 THEN 503 ELSE 200 END,
  'lead', IF(c >= 75, 'HUMAN', ''), IF(c >= 75, 'HUMAN-800-800', '')
FROM (
  SELECT n, day, at, c, d, n % 4 AS camp, (n DIV 4) % 2 AS list, d % 100 AS who, c >= 75 AND d % 50 > 0 AS agent FROM (
    SELECT seq + ? AS n, (seq + ? - 1) DIV ? AS day, CRC32(CONCAT(seq + ?, 'x')) % 100 AS c, CRC32(CONCAT('y', seq + ?)) % 10000 AS d,
      TIMESTAMPADD(MICROSECOND, ((seq + ? - 1) DIV ?) * 86400000000 + ((seq + ? - 1) % ?) * (43200000000 DIV ?), ?) AS at
    FROM seq_1_to_100000
  ) s WHERE n <= ?
) t;

-- name: bench-recordings
INSERT INTO recordings (call_id, server_id, file, started_at, state, bytes, length_ms)
SELECT id, 1, CONCAT(id, '.wav'), bridged_at, IF(id % 500 = 0, 'LOST', 'DONE'), 16 * TIMESTAMPDIFF(MICROSECOND, bridged_at, ended_at) DIV 1000, TIMESTAMPDIFF(MICROSECOND, bridged_at, ended_at) DIV 1000
FROM calls WHERE id > ? AND id <= ? AND user_id IS NOT NULL;

-- name: bench-shifts
-- A day's shifts of 100 agents: twelve hours each, of 288 rounds of waiting,
-- talking and wrap-up, every twelfth a pause.
INSERT INTO agent_log (session_id, user_id, campaign_id, state, pause_code, from_at, to_at)
SELECT ? + u.seq, u.seq, CONCAT('B', 1 + u.seq % 4), state, IF(state = 'PAUSED', ELT(1 + r.seq % 3, 'BREAK', 'LUNCH', 'MEET'), ''),
  ? + INTERVAL r.seq * 150 + begins SECOND, ? + INTERVAL r.seq * 150 + ends SECOND
FROM seq_1_to_100 u JOIN seq_0_to_287 r JOIN (
  SELECT 'READY' AS state, 0 AS begins, 40 AS ends, 0 AS kind UNION ALL SELECT 'INCALL', 40, 130, 0 UNION ALL SELECT 'WRAPUP', 130, 150, 0 UNION ALL SELECT 'PAUSED', 0, 150, 1
) p WHERE p.kind = (r.seq % 12 = 11);

-- name: bench-report-names
INSERT INTO campaigns (id, name, carrier_id, changed_at) SELECT CONCAT('B', seq), CONCAT('measured ', seq), 1, UTC_TIMESTAMP(3) FROM seq_1_to_4;

-- name: bench-report-lists
INSERT INTO lists (id, campaign_id, name, created_at) SELECT 101 + seq, CONCAT('B', 1 + seq DIV 2), 'measured', UTC_TIMESTAMP(3) FROM seq_0_to_7;

-- name: bench-report-users
INSERT INTO users (id, username, pass_hash, role, created_at) SELECT seq, CONCAT('agent', seq), '', 'agent', UTC_TIMESTAMP(3) FROM seq_1_to_100;

-- name: bench-report-leads
INSERT INTO leads (id, list_id, zone_set, e164, phone_code, phone_number, status, called_count, called_since_reset, created_at)
SELECT seq + ?, 101 + seq % 8, 1, CONCAT('+1212', LPAD(2000000 + seq + ?, 7, '0')), '1', CONCAT('212', LPAD(2000000 + seq + ?, 7, '0')), ELT(1 + seq % 4, 'NEW', 'NA', 'A', 'NI'), seq % 4, seq % 2, UTC_TIMESTAMP(3)
FROM seq_1_to_100000;

-- name: bench-call-count
SELECT COALESCE(MAX(id), 0) FROM calls;

-- name: bench-sum-rows
SELECT (SELECT COUNT(*) FROM call_sums) AS calls, (SELECT COUNT(*) FROM cause_sums) AS causes, (SELECT COUNT(*) FROM agent_call_sums) AS agents, (SELECT COUNT(*) FROM agent_time_sums) AS times;

-- name: bench-recount
-- What a report would cost that counts the log itself.
SELECT COUNT(*) AS calls, COALESCE(SUM(status = 'SALE'), 0) AS sales FROM calls
WHERE campaign_id IN (?) AND placed_at >= ? AND placed_at < ? AND live IS NULL AND sent;
