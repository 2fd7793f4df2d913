-- name: board-agents
-- Who is on shift, as the live boards show them. Shifts that are on are few, and
-- found by their key.
SELECT s.id, s.user_id, u.username, u.full_name, s.campaign_id, s.server_id, v.name AS server_name, s.state, s.pause_code, s.pause_next,
  COALESCE((SELECT p.name FROM pause_codes p WHERE p.code = s.pause_code AND p.campaign_id IN (s.campaign_id, '') ORDER BY p.campaign_id DESC LIMIT 1), '') AS pause_name,
  s.state_since, COALESCE(s.shown_since, s.state_since) AS shown_since, s.no_sound, s.seen_at < UTC_TIMESTAMP(3) - INTERVAL 6 SECOND AS away,
  COALESCE(c.state, '') AS call_state, COALESCE(c.e164, '') AS e164
FROM agent_sessions s
JOIN users u ON u.id = s.user_id
JOIN servers v ON v.id = s.server_id
LEFT JOIN calls c ON c.id = s.call_id
WHERE s.live = 1;

-- name: board-lines
-- Calls that are up, counted. They are found as in web-campaign-calls.
SELECT k.campaign_id, k.carrier_id, k.state, COUNT(*) AS n
FROM servers v JOIN calls k ON k.server_id = v.id AND k.live = 1
GROUP BY k.campaign_id, k.carrier_id, k.state;

-- name: board-waiting
-- People who hear nobody yet, the longest waiting first.
SELECT k.id, k.campaign_id, k.e164, COALESCE(k.wanted_at, k.answered_at, k.placed_at) AS since,
  COALESCE(g.name, k.in_group) AS in_group, COALESCE(g.campaigns, '') AS takers
FROM servers v JOIN calls k ON k.server_id = v.id AND k.live = 1 LEFT JOIN in_groups g ON g.id = k.in_group
WHERE k.state = 'WAITING' ORDER BY since, k.id LIMIT 100;

-- name: board-campaigns
SELECT id, name, active, dial_method, dial_level, drop_rule, drop_percent, drop_ms FROM campaigns WHERE NOT archived ORDER BY name, id;

-- name: board-pacing
SELECT p.campaign_id, v.name, p.place, p.bound, p.reason, p.decided_at
FROM pacing_states p JOIN servers v ON v.id = p.server_id ORDER BY p.campaign_id, v.name;

-- name: board-ledgers
SELECT campaign_id, COALESCE(ledgers, '') AS ledgers FROM pacing_models;

-- name: board-hopper
SELECT campaign_id, COUNT(*) AS n FROM hopper WHERE claim IS NULL GROUP BY campaign_id;

-- name: board-servers
SELECT v.id, v.name, v.ws_url, v.max_trunks,
  v.listening AND (v.beat_at IS NULL OR v.beat_at > UTC_TIMESTAMP(3) - INTERVAL 6 SECOND) AS up
FROM servers v WHERE v.telephony AND v.active ORDER BY v.name;

-- name: board-web-away
-- Web servers that have stopped saying that they serve.
SELECT name FROM servers WHERE web AND web_at < UTC_TIMESTAMP(3) - INTERVAL 10 SECOND ORDER BY name;

-- name: board-tallies
-- What some agents have done since a day began, as their desks count it.
SELECT c.user_id, COUNT(*) AS calls, COALESCE(SUM(t.sale), 0) AS sales
FROM calls c FORCE INDEX (calls_user) LEFT JOIN statuses t ON t.status = c.status
WHERE c.user_id IN (?) AND c.placed_at >= ? AND c.bridged_at IS NOT NULL GROUP BY c.user_id;

-- name: board-carriers
-- Carriers in use, with what became of the calls of some campaigns since a
-- moment. Refused is what a carrier answers when it cannot, or will not, carry a
-- call: 5xx, or no circuit (Q.850 34, 38, 41, 42, 44, 47). Code is one of the answers.
SELECT r.id, r.name, r.active, COALESCE(n.placed, 0) AS placed, COALESCE(n.answered, 0) AS answered, COALESCE(n.refused, 0) AS refused, COALESCE(n.code, 0) AS code
FROM carriers r LEFT JOIN (
  SELECT c.carrier_id, COUNT(*) AS placed, COUNT(c.answered_at) AS answered,
    SUM(c.sip_code BETWEEN 500 AND 599 OR c.cause IN (34, 38, 41, 42, 44, 47)) AS refused,
    MAX(IF(c.sip_code BETWEEN 500 AND 599, c.sip_code, 0)) AS code
  FROM calls c WHERE c.campaign_id IN (?) AND c.placed_at >= ? AND c.sent GROUP BY c.carrier_id
) n ON n.carrier_id = r.id
WHERE r.active OR n.placed > 0 ORDER BY r.name;

-- name: board-spells
-- The states that agents of some campaigns have left since a moment. One that
-- began more than five hours before it is not looked for.
SELECT campaign_id, state, from_at, to_at FROM agent_log
WHERE campaign_id IN (?) AND from_at >= ? - INTERVAL 5 HOUR AND to_at >= ?;

-- name: board-waits
-- How long agents of some campaigns waited for a call, of the waits that ended
-- since a moment.
SELECT campaign_id, AVG(TIMESTAMPDIFF(MICROSECOND, from_at, to_at)) / 1000000 AS seconds
FROM agent_log WHERE campaign_id IN (?) AND from_at >= ? AND state = 'READY' GROUP BY campaign_id;

-- name: board-shift
-- A shift that is on, for a supervisor's hand.
SELECT s.id, s.user_id, s.campaign_id, s.server_id, s.state, s.pause_code, s.pause_next, u.username, u.full_name
FROM agent_sessions s JOIN users u ON u.id = s.user_id WHERE s.id = ? AND s.live = 1;

-- name: board-notice-add
INSERT INTO agent_notices (id, session_id, user_id, kind, says, at) VALUES (?, ?, ?, ?, ?, ?);

-- name: web-desk-notice
-- The newest notice of a shift.
SELECT n.id, n.kind, n.says, n.at, COALESCE(NULLIF(u.full_name, ''), u.username, '') AS who
FROM agent_notices n LEFT JOIN users u ON u.id = n.user_id
WHERE n.session_id = ? ORDER BY n.at DESC LIMIT 1;

-- part: board-limits
ready_s, ready_over_s, call_s, call_over_s, hold_s, hold_over_s, wrapup_s, wrapup_over_s, paused_s, paused_over_s

-- name: boardlimits-all
SELECT campaign_id, {{board-limits}} FROM board_limits ORDER BY campaign_id;

-- name: boardlimits-one
-- The key is that of facts.BoardLimits.
SELECT campaign_id, {{board-limits}} FROM board_limits WHERE IF(campaign_id = '', '-every', campaign_id) = ?;

-- name: boardlimits-add
INSERT INTO board_limits (campaign_id, {{board-limits}})
VALUES (:campaign_id, :ready_s, :ready_over_s, :call_s, :call_over_s, :hold_s, :hold_over_s, :wrapup_s, :wrapup_over_s, :paused_s, :paused_over_s);

-- name: boardlimits-save
UPDATE board_limits SET ready_s = :ready_s, ready_over_s = :ready_over_s, call_s = :call_s, call_over_s = :call_over_s, hold_s = :hold_s,
  hold_over_s = :hold_over_s, wrapup_s = :wrapup_s, wrapup_over_s = :wrapup_over_s, paused_s = :paused_s, paused_over_s = :paused_over_s
WHERE campaign_id = :campaign_id;

-- name: boardlimits-delete
-- Those of every campaign stay: there is always something to go by.
DELETE FROM board_limits WHERE campaign_id = ? AND campaign_id <> '';
