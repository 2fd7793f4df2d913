-- part: report-spans
-- The five ranges of report.Cover, of sums s.
((s.span = 0 AND s.at >= ? AND s.at < ?) OR (s.span = 1 AND s.at >= ? AND s.at < ?) OR (s.span = 2 AND s.at >= ? AND s.at < ?)
  OR (s.span = 1 AND s.at >= ? AND s.at < ?) OR (s.span = 0 AND s.at >= ? AND s.at < ?))

-- part: report-group
-- Which of the moments that are given begins the group that sums s belong to.
INTERVAL(TIMESTAMPDIFF(SECOND, '1970-01-01', s.at), ?) - 1

-- part: report-call-sums
SUM(s.calls) AS calls, SUM(s.answered) AS answered, SUM(s.asked) AS asked, SUM(s.connected) AS connected, SUM(s.dropped) AS dropped,
  SUM(s.ring_ms) AS ring_ms, SUM(s.wait_ms) AS wait_ms, SUM(s.talk_ms) AS talk_ms

-- name: report-calls
SELECT {{report-group}} AS grp, IF(?, s.campaign_id, '') AS campaign_id, IF(?, s.list_id, 0) AS list_id, s.status, s.manual,
  {{report-call-sums}}
FROM call_sums s WHERE s.campaign_id IN (?) AND {{report-spans}} AND (? OR s.list_id IN (?))
GROUP BY 1, 2, 3, 4, 5;

-- name: report-calls-of
-- The same of the calls that some agents had.
SELECT {{report-group}} AS grp, IF(?, s.campaign_id, '') AS campaign_id, IF(?, s.list_id, 0) AS list_id, s.status, s.manual,
  {{report-call-sums}}
FROM agent_call_sums s WHERE s.campaign_id IN (?) AND {{report-spans}} AND (? OR s.list_id IN (?)) AND s.user_id IN (?)
GROUP BY 1, 2, 3, 4, 5;

-- name: report-causes
SELECT {{report-group}} AS grp, IF(?, s.campaign_id, '') AS campaign_id, s.carrier_id, s.status, s.sip_code, s.cause,
  SUM(s.calls) AS calls, SUM(s.answered) AS answered, SUM(s.rang) AS rang, SUM(s.delay_ms) AS delay_ms, SUM(s.line_ms) AS line_ms
FROM cause_sums s WHERE s.campaign_id IN (?) AND {{report-spans}}
GROUP BY 1, 2, 3, 4, 5, 6;

-- name: report-agents
SELECT {{report-group}} AS grp, IF(?, s.campaign_id, '') AS campaign_id, IF(?, 0, s.user_id) AS user_id, IF(?, '', s.status) AS status, IF(?, 0, s.manual) AS manual,
  SUM(s.calls) AS calls, SUM(s.talk_ms) AS talk_ms, SUM(s.recorded) AS recorded, SUM(s.files) AS files, SUM(s.lost) AS lost, SUM(s.too_short) AS too_short,
  SUM(s.rec_ms) AS rec_ms, SUM(s.rec_bytes) AS rec_bytes
FROM agent_call_sums s WHERE s.campaign_id IN (?) AND {{report-spans}} AND (? OR s.user_id IN (?)) AND (? OR s.list_id IN (?))
GROUP BY 1, 2, 3, 4, 5;

-- name: report-times
SELECT {{report-group}} AS grp, IF(?, s.campaign_id, '') AS campaign_id, s.user_id, s.state, s.pause_code,
  SUM(s.stretches) AS stretches, SUM(s.ms) AS ms
FROM agent_time_sums s WHERE s.campaign_id IN (?) AND {{report-spans}} AND (? OR s.user_id IN (?))
GROUP BY 1, 2, 3, 4, 5;

-- name: report-now
-- The stretches that have not ended.
SELECT user_id, campaign_id, state, pause_code, state_since AS from_at FROM agent_sessions
WHERE live = 1 AND campaign_id IN (?) AND (? OR user_id IN (?));

-- name: report-campaigns
SELECT id, name, active, archived, dial_statuses, drop_rule, amd, amd_mistaken_percent FROM campaigns ORDER BY archived, name;

-- name: report-begins
SELECT c.id, (SELECT MIN(s.at) FROM call_sums s WHERE s.campaign_id = c.id AND s.span = 0) AS at FROM campaigns c WHERE c.id IN (?);

-- name: report-lists
SELECT id, campaign_id, name, active FROM lists ORDER BY campaign_id, id;

-- name: report-users
SELECT id, username, COALESCE(NULLIF(full_name, ''), username) AS name FROM users ORDER BY name, id;

-- name: report-carriers
SELECT id, name FROM carriers ORDER BY id;

-- name: report-outcomes
SELECT s.status, s.name, s.human, s.sale, COALESCE(g.name, '') AS group_name, COALESCE(g.position, 0) AS group_position
FROM statuses s LEFT JOIN status_groups g ON g.id = s.group_id ORDER BY s.status;

-- name: report-pauses
SELECT code, MIN(name) AS name FROM pause_codes GROUP BY code;

-- name: report-leads
-- Read from the index of dialable leads alone, in its order.
SELECT l.list_id, l.status, l.called_since_reset = 0 AS fresh, COUNT(*) AS leads, SUM(l.called_count > 0) AS called, SUM(l.called_count) AS dials
FROM leads l FORCE INDEX (leads_dialable) WHERE l.list_id IN (?) GROUP BY l.list_id, l.called_since_reset, l.status;

-- name: report-hopper
SELECT campaign_id, list_id, source, claim IS NOT NULL AS claimed, COUNT(*) AS leads FROM hopper
WHERE campaign_id IN (?) GROUP BY campaign_id, list_id, source, claim IS NOT NULL;

-- name: report-callbacks
-- Those that are due or were closed within the time, by agent and kind.
SELECT campaign_id, user_id, kind, state, due_at < ? AS late, COUNT(*) AS n, COALESCE(SUM(tries), 0) AS tries FROM callbacks
WHERE campaign_id IN (?) AND state IN ('ACTIVE', 'LIVE', 'DONE', 'DEAD') AND due_at >= ? AND due_at < ? AND (? OR user_id IN (?))
GROUP BY 1, 2, 3, 4, 5;

-- part: report-call-row
c.id, c.campaign_id, c.list_id, c.lead_id, c.e164, c.placed_at, c.ringing_at, c.answered_at, c.wanted_at, c.bridged_at, c.dropped_at, c.in_group, c.ended_at,
  c.status, c.cause, c.sip_code, c.ended_by, c.amd, c.manual, c.server_id, c.carrier_id, COALESCE(c.user_id, 0) AS user_id, c.verdict_rule,
  COALESCE(l.first_name, '') AS first_name, COALESCE(l.last_name, '') AS last_name, COALESCE(l.vendor_lead_code, '') AS vendor_lead_code

-- name: report-call-rows
-- A page of a campaign's ended calls, by the key (placed_at, id).
SELECT {{report-call-row}}
FROM calls c FORCE INDEX (calls_campaign) LEFT JOIN leads l ON l.id = c.lead_id
WHERE c.campaign_id = ? AND c.placed_at >= ? AND c.placed_at < ? AND (c.placed_at > ? OR c.id > ?)
  AND c.live IS NULL AND c.sent AND (? OR c.list_id IN (?))
ORDER BY c.placed_at, c.id LIMIT ?;

-- name: report-call-rows-of
-- The same of the calls that some agents had.
SELECT {{report-call-row}}
FROM calls c FORCE INDEX (calls_user) LEFT JOIN leads l ON l.id = c.lead_id
WHERE c.user_id IN (?) AND c.campaign_id = ? AND c.placed_at >= ? AND c.placed_at < ? AND (c.placed_at > ? OR c.id > ?)
  AND c.live IS NULL AND c.sent AND (? OR c.list_id IN (?))
ORDER BY c.placed_at, c.id LIMIT ?;

-- name: report-servers
SELECT id, name FROM servers ORDER BY id;
