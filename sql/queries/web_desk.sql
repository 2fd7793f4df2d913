-- name: web-shift-live
-- A user's live shift with the phone and the server it stands on, and the server
-- that has the customer's line.
SELECT s.id, s.user_id, s.campaign_id, s.server_id, s.phone_id, s.state, s.pause_code, s.pause_next, s.state_since, s.shown_since, s.leg,
  COALESCE(s.call_id, 0) AS call_id, s.seen_at, s.logged_in_at, s.muted, s.no_sound, s.preview_lead,
  p.id AS `phone.id`, p.server_id AS `phone.server_id`, p.user_id AS `phone.user_id`, p.login AS `phone.login`,
  p.secret AS `phone.secret`, p.kind AS `phone.kind`, p.contact AS `phone.contact`,
  v.id AS `server.id`, v.name AS `server.name`, v.ws_url AS `server.ws_url`, v.active AS `server.active`,
  COALESCE(NULLIF(c.line_server_id, 0), s.server_id) AS line_server_id
FROM agent_sessions s
JOIN phones p ON p.id = s.phone_id
JOIN servers v ON v.id = s.server_id
LEFT JOIN calls c ON c.id = s.call_id
WHERE s.user_id = ? AND s.live = 1;

-- name: web-shift-place
-- The user's phones on servers that are up, where the fewest agents for its weight
-- sit first; one whose processors are all busy comes after the others. A shift that
-- moves goes anywhere but to where it was.
-- A server that has gone without a word still says that it listens: its beat
-- tells, where it has a keepalive to beat.
-- A phone that somebody set up for the user goes before the browser's own, which
-- everybody has.
SELECT p.id, p.server_id
FROM phones p
JOIN servers v ON v.id = p.server_id
LEFT JOIN (SELECT server_id, COUNT(*) AS agents FROM agent_sessions WHERE live = 1 GROUP BY server_id) a ON a.server_id = v.id
WHERE p.user_id = ? AND v.id <> ? AND v.telephony AND v.active AND v.weight > 0 AND v.listening
  AND (v.beat_at IS NULL OR v.beat_at > UTC_TIMESTAMP(3) - INTERVAL 3500000 MICROSECOND)
ORDER BY v.load1 > 0.9 * v.cores, (COALESCE(a.agents, 0) + 1) / v.weight, v.id, p.kind = 'webrtc', p.id
LIMIT 1;

-- name: web-server-up
SELECT listening AND (beat_at IS NULL OR beat_at > UTC_TIMESTAMP(3) - INTERVAL 3500000 MICROSECOND) FROM servers WHERE id = ?;

-- name: web-call-along
-- A call of a server that is down goes along with its agent, who says on the new
-- server what became of it. From then on it is that server's, and ended, if it was
-- not yet: its line went down. One whose line another server has is left to that
-- one for as long as it may have taken it back (see call-reclaim); it goes along once
-- its customer has hung up there. (What tells whether it had ended is set last:
-- MariaDB sets one column after the other.)
UPDATE calls SET cause = IF(live IS NULL, cause, 41), ended_by = IF(live IS NULL, ended_by, 'dialer'),
  ended_at = IF(live IS NULL, ended_at, ?), state = 'ENDED', live = NULL,
  line_server_id = IF(line_server_id = 0, server_id, line_server_id), server_id = ?
WHERE id = ? AND (server_id = ? OR live IS NULL AND session_id = ?) AND status = ''
  AND (live IS NULL OR line_server_id IN (0, server_id) OR state NOT IN ('WAITING', 'TALKING', 'HELD', 'PARKED'));

-- name: web-call-undecided
-- Whether the server that has the line of a shift's call is still to say what is to
-- become of it: that it is for another agent, or that its customer hung up as the
-- agent's server died, and it goes along. It says so once it has seen no trunk and
-- no beat of the dead server, 8.5 s after the last beat at the latest, and where it
-- is alive itself. (What it has taken back and not written yet is talking still.)
SELECT COUNT(*) FROM calls c JOIN servers line ON line.id = c.line_server_id JOIN servers dead ON dead.id = ?
WHERE c.id = ? AND c.live = 1 AND c.session_id = ? AND line.id <> dead.id
  AND (c.server_id = dead.id AND c.state IN ('WAITING', 'TALKING', 'HELD', 'PARKED') OR c.server_id = line.id AND c.state IN ('TALKING', 'HELD', 'PARKED'))
  AND dead.beat_at > UTC_TIMESTAMP(3) - INTERVAL 8500000 MICROSECOND AND line.listening AND line.beat_at > UTC_TIMESTAMP(3) - INTERVAL 3500000 MICROSECOND;

-- name: web-intent-along
-- The newest outcome that was chosen on the server that is down: it never was
-- written there, else the call would have its status.
SELECT id FROM intents FORCE INDEX (intents_session)
WHERE session_id = ? AND kind = 'dispose' AND refusal = '' AND JSON_VALUE(args, '$.call') = ? ORDER BY id DESC LIMIT 1;

-- name: web-intent-move
UPDATE intents SET server_id = ?, session_id = ?, open = 1, done_at = NULL WHERE id = ?;

-- name: web-shift-moved
-- The shift ends where its server is down: for good, whatever that server says
-- when it comes back.
UPDATE agent_sessions SET live = NULL, state = 'OUT', leg = '', logged_out_at = ?, logout_reason = 'its server was down' WHERE id = ? AND live = 1;

-- name: web-shift-moved-log
INSERT INTO agent_log (session_id, user_id, campaign_id, state, pause_code, call_id, from_at, to_at)
SELECT id, user_id, campaign_id, state, pause_code, IF(state IN ('INCALL', 'WRAPUP'), call_id, NULL), state_since, GREATEST(?, state_since)
FROM agent_sessions WHERE id = ? AND live = 1;

-- name: web-phones-of-user
SELECT COUNT(*) FROM phones WHERE user_id = ?;

-- name: web-shift-add
INSERT INTO agent_sessions (id, live, user_id, campaign_id, server_id, phone_id, state, call_id, state_since, seen_at, logged_in_at)
VALUES (?, 1, ?, ?, ?, ?, ?, NULLIF(?, 0), ?, ?, ?);

-- name: web-event-add
INSERT INTO events (at, server_id, kind, session_id, campaign_id) VALUES (?, ?, ?, ?, ?);

-- name: web-intent-add
INSERT INTO intents (id, server_id, session_id, kind, args, created_at, open) VALUES (?, ?, ?, ?, ?, ?, 1);

-- name: web-desk
-- All that an agent's screen shows, but for the call; and whether there is any of
-- what there mostly is not, so that it need not be asked for.
SELECT s.id, s.user_id, s.campaign_id, s.server_id, s.phone_id, s.state, s.pause_code, s.pause_next, s.state_since, s.shown_since, s.leg,
  COALESCE(s.call_id, 0) AS call_id, s.seen_at, s.logged_in_at, s.muted, s.no_sound, s.preview_lead, s.preview_since,
  u.username, u.full_name, COALESCE(c.name, s.campaign_id) AS campaign_name,
  s.page, COALESCE(c.record, 'never') AS record, COALESCE(c.voicemail, '') <> '' AS message, COALESCE(c.preview_s, 0) AS preview_s, COALESCE(p.kind, '') AS phone_kind,
  v.name AS server_name,
  v.listening AND (v.beat_at IS NULL OR v.beat_at > UTC_TIMESTAMP(3) - INTERVAL 3500000 MICROSECOND) AS server_up,
  EXISTS (SELECT 1 FROM call_legs t WHERE t.call_id = s.call_id) AS third,
  EXISTS (SELECT 1 FROM calls k WHERE k.server_id = s.server_id AND k.live = 1 AND k.state = 'PARKED') AS parked,
  EXISTS (SELECT 1 FROM intents i FORCE INDEX (intents_session) WHERE i.id >= ? AND i.session_id = s.id AND i.refusal <> '' AND i.done_at >= ?) AS refused,
  EXISTS (SELECT 1 FROM agent_notices n WHERE n.session_id = s.id) AS noticed,
  COALESCE((SELECT k.version FROM call_drafts k WHERE k.call_id = s.call_id AND k.page <> s.page), 0) AS draft
FROM agent_sessions s
JOIN users u ON u.id = s.user_id
JOIN servers v ON v.id = s.server_id
LEFT JOIN campaigns c ON c.id = s.campaign_id
LEFT JOIN phones p ON p.id = s.phone_id
WHERE s.id = ?;

-- name: web-desk-call
SELECT c.id, c.state, c.campaign_id, c.list_id, c.lead_id, c.e164, c.server_id, c.carrier_id,
  COALESCE(c.session_id, 0) AS session_id, COALESCE(c.user_id, 0) AS user_id,
  c.placed_at, c.ringing_at, c.answered_at, c.wanted_at, c.bridged_at, c.ended_at, c.status, c.cause, c.sip_code, c.ended_by,
  c.amd, c.amd_cause, c.recording, c.manual, c.in_group, COALESCE(g.name, c.in_group) AS in_group_name, COALESCE(t.name, c.status) AS status_name
FROM calls c LEFT JOIN in_groups g ON g.id = c.in_group LEFT JOIN statuses t ON t.status = c.status WHERE c.id = ?;

-- name: web-desk-lead
SELECT {{lead-columns}}, {{lead-list-columns}}
FROM leads l LEFT JOIN zone_sets z ON z.id = l.zone_set LEFT JOIN lists li ON li.id = l.list_id LEFT JOIN call_times lt ON lt.id = li.call_time_id
WHERE l.id = ?;

-- name: web-desk-third
SELECT call_id, n, server_id, session_id, purpose, e164, state, placed_at, answered_at, ended_at, cause, sip_code
FROM call_legs WHERE call_id = ? ORDER BY n DESC LIMIT 1;

-- name: web-desk-parked
SELECT c.id, c.e164, CONCAT_WS(' ', NULLIF(l.first_name, ''), NULLIF(l.last_name, '')) AS name, c.bridged_at AS since
FROM calls c JOIN leads l ON l.id = c.lead_id
WHERE c.server_id = ? AND c.live = 1 AND c.state = 'PARKED' AND (c.campaign_id = ? OR c.session_id = ?) ORDER BY c.bridged_at LIMIT 20;

-- name: web-desk-today
-- What the agent did today, over all shifts that reach into it. The talk with a
-- customer who was passed on goes on without the agent: it counts until the agent
-- left. Whole seconds are made of the sum: those of each call would lose half a second a call.
SELECT COUNT(*) AS calls, COALESCE(SUM(t.sale), 0) AS sales,
  COALESCE(SUM(GREATEST(0, TIMESTAMPDIFF(MICROSECOND, c.bridged_at, LEAST(COALESCE(c.ended_at, ?),
    IF(s.call_id = c.id AND s.state = 'INCALL', ?, COALESCE(g.left_at, ?)))))) DIV 1000000, 0) AS talk_s
FROM agent_sessions s
JOIN calls c ON c.session_id = s.id
LEFT JOIN statuses t ON t.status = c.status
LEFT JOIN (
  SELECT call_id, MAX(to_at) AS left_at FROM agent_log
  WHERE user_id = ? AND from_at >= ? AND state = 'INCALL' GROUP BY call_id) g ON g.call_id = c.id
WHERE s.user_id = ? AND (s.live = 1 OR s.logged_out_at >= ?) AND c.placed_at >= ? AND c.bridged_at IS NOT NULL;

-- name: web-desk-refusal
-- The newest refusal. Ids are made of the time, so the lower bound
-- keeps the search to the shift's last few intents.
SELECT id, refusal FROM intents FORCE INDEX (intents_session)
WHERE id >= ? AND session_id = ? AND refusal <> '' AND done_at >= ?
ORDER BY done_at DESC LIMIT 1;

-- name: web-desk-list
{{hopper-list}} WHERE l.id = ?;

-- name: web-statuses-selectable
SELECT s.status, s.name, s.group_id, COALESCE(g.name, '') AS group_name, COALESCE(g.position, 0) AS group_position, s.hotkey
FROM statuses s LEFT JOIN status_groups g ON g.id = s.group_id WHERE s.selectable ORDER BY s.position, s.status;

-- name: web-pause-codes
SELECT code, name FROM pause_codes WHERE campaign_id IN ('', ?) ORDER BY position, code;

-- name: web-lead-history
SELECT c.placed_at, c.status, COALESCE(t.name, c.status) AS status_name,
  COALESCE(NULLIF(u.full_name, ''), u.username, '') AS agent,
  COALESCE(TIMESTAMPDIFF(SECOND, c.bridged_at, c.ended_at), 0) AS talk_s, COALESCE(n.note, '') AS note
FROM calls c
LEFT JOIN statuses t ON t.status = c.status
LEFT JOIN users u ON u.id = c.user_id
LEFT JOIN call_notes n ON n.call_id = c.id
WHERE c.lead_id = ? AND c.id <> ? AND c.ended_at IS NOT NULL
ORDER BY c.placed_at DESC LIMIT 20;

-- name: web-campaign-choices
SELECT id, name, active FROM campaigns WHERE NOT archived ORDER BY active DESC, name;

-- name: web-desk-script
SELECT c.name, COALESCE(s.body, '') AS body FROM campaigns c LEFT JOIN scripts s ON s.id = c.script_id WHERE c.id = ?;

-- name: web-desk-tell
-- The page that has had the desk so far is told, if there is one.
INSERT INTO events (at, server_id, kind, session_id, campaign_id)
SELECT ?, s.server_id, 'agent', s.id, s.campaign_id FROM agent_sessions s WHERE s.id = ? AND s.live = 1 AND s.page NOT IN (0, ?);

-- name: web-desk-take
-- The page that was opened last has the desk.
UPDATE agent_sessions SET page = ? WHERE id = ? AND live = 1;

-- name: web-desk-forms
SELECT id, name, campaign_id, url, by_itself, position FROM web_forms WHERE campaign_id IN ('', ?) ORDER BY position, id;

-- name: web-desk-presets
SELECT id, campaign_id, name, e164, position FROM transfer_presets WHERE campaign_id IN ('', ?) ORDER BY position, id;

-- name: web-desk-day-states
-- How long the agent was in each state since the day began. A period belongs to
-- the day on which it ended, cut off where the day begins; two days back is as
-- far as a shift reaches. Whole seconds are made of the sum.
SELECT g.state, COALESCE(SUM(TIMESTAMPDIFF(MICROSECOND, GREATEST(g.from_at, ?), g.to_at)) DIV 1000000, 0) AS seconds
FROM agent_log g WHERE g.user_id = ? AND g.from_at >= ? - INTERVAL 2 DAY AND g.to_at > ? GROUP BY g.state;

-- name: web-desk-day-callbacks
-- The agent's own promises whose time came today: how many there are, and how
-- many were kept.
SELECT COUNT(*) AS promised, COALESCE(SUM(k.state = 'DONE'), 0) AS kept
FROM callbacks k WHERE k.user_id = ? AND k.kind = 'USERONLY' AND k.state IN ('ACTIVE', 'LIVE', 'DONE') AND k.due_at >= ? AND k.due_at <= ?;

-- name: web-desk-leads-by-id
{{lead-line}}
WHERE li.campaign_id = ? AND l.id = ?;

-- name: web-desk-leads-by-number
{{lead-line}}
WHERE li.campaign_id = ? AND l.e164 = ? ORDER BY l.id DESC LIMIT ?;

-- name: web-desk-leads-by-vendor
{{lead-line}}
WHERE li.campaign_id = ? AND l.vendor_lead_code = ? ORDER BY l.id DESC LIMIT ?;

-- name: web-desk-leads-by-name
{{lead-line}}
WHERE li.campaign_id = ? AND l.last_name LIKE ? AND l.first_name LIKE ? LIMIT ?;

-- name: web-desk-draft
SELECT call_id, version, status, note, callback_at, callback_mine, fields FROM call_drafts WHERE call_id = ?;

-- name: web-desk-draft-keep
-- Only of the call that the agent has, and only from the page that has the desk.
INSERT INTO call_drafts (call_id, version, page, status, note, callback_at, callback_mine, fields)
SELECT s.call_id, ?, ?, ?, ?, ?, ?, ? FROM agent_sessions s WHERE s.user_id = ? AND s.live = 1 AND s.call_id = ? AND s.page IN (0, ?)
ON DUPLICATE KEY UPDATE version = VALUES(version), page = VALUES(page), status = VALUES(status), note = VALUES(note), callback_at = VALUES(callback_at), callback_mine = VALUES(callback_mine), fields = VALUES(fields);

-- name: web-desk-draft-late
-- From the page that had the desk before: what was typed in its last second. Only on
-- top of what it wrote itself or has read: one that wakes from its sleep must not
-- write over what was typed elsewhere since. (What tells whether it may is set last:
-- MariaDB sets one column after the other.)
INSERT INTO call_drafts (call_id, version, page, status, note, callback_at, callback_mine, fields)
SELECT s.call_id, ?, ?, ?, ?, ?, ?, ? FROM agent_sessions s WHERE s.user_id = ? AND s.live = 1 AND s.call_id = ?
ON DUPLICATE KEY UPDATE
  status = IF(call_drafts.page = VALUES(page) OR call_drafts.version = ?, VALUES(status), call_drafts.status),
  note = IF(call_drafts.page = VALUES(page) OR call_drafts.version = ?, VALUES(note), call_drafts.note),
  callback_at = IF(call_drafts.page = VALUES(page) OR call_drafts.version = ?, VALUES(callback_at), call_drafts.callback_at),
  callback_mine = IF(call_drafts.page = VALUES(page) OR call_drafts.version = ?, VALUES(callback_mine), call_drafts.callback_mine),
  fields = IF(call_drafts.page = VALUES(page) OR call_drafts.version = ?, VALUES(fields), call_drafts.fields),
  version = IF(call_drafts.page = VALUES(page) OR call_drafts.version = ?, VALUES(version), call_drafts.version),
  page = IF(call_drafts.version = VALUES(version), VALUES(page), call_drafts.page);

-- name: web-desk-draft-tell
-- The page that has the desk now is told that there is something new.
INSERT INTO events (at, server_id, kind, session_id, campaign_id)
SELECT ?, s.server_id, 'agent', s.id, s.campaign_id FROM agent_sessions s WHERE s.user_id = ? AND s.live = 1;

-- name: web-desk-draft-drop
DELETE FROM call_drafts WHERE call_id = ?;
