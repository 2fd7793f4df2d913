-- name: calls-of-server
-- The calls of a server that have not ended, and those in an agent's wrap-up.
SELECT id, state, campaign_id, list_id, lead_id, lead_was, e164, server_id, line_server_id, carrier_id,
  COALESCE(session_id, 0) AS session_id, COALESCE(user_id, 0) AS user_id, placed_at, sent, ringing_at,
  answered_at, wanted_at, bridged_at, dropped_at, drop_action, in_group, ended_at, status, cause, sip_code, ended_by, amd, amd_cause, recording, told_at, notice_rule, manual
FROM calls WHERE server_id = ? AND live = 1
UNION
SELECT c.id, c.state, c.campaign_id, c.list_id, c.lead_id, c.lead_was, c.e164, c.server_id, c.line_server_id, c.carrier_id,
  COALESCE(c.session_id, 0), COALESCE(c.user_id, 0), c.placed_at, c.sent, c.ringing_at,
  c.answered_at, c.wanted_at, c.bridged_at, c.dropped_at, c.drop_action, c.in_group, c.ended_at, c.status, c.cause, c.sip_code, c.ended_by, c.amd, c.amd_cause, c.recording, c.told_at, c.notice_rule, c.manual
FROM agent_sessions s JOIN calls c ON c.id = s.call_id
WHERE s.server_id = ? AND s.live = 1;

-- name: call-by-id
SELECT id, state, campaign_id, list_id, lead_id, lead_was, e164, server_id, line_server_id, carrier_id,
  COALESCE(session_id, 0) AS session_id, COALESCE(user_id, 0) AS user_id, placed_at, sent, ringing_at,
  answered_at, wanted_at, bridged_at, dropped_at, drop_action, in_group, ended_at, status, cause, sip_code, ended_by, amd, amd_cause, recording, told_at, notice_rule, manual
FROM calls WHERE id = ?;

-- name: call-reclaim
-- A call whose agent's server gives no sign of life becomes that of the server
-- that has its line. What the agent had no say in any more is left alone.
UPDATE calls SET server_id = ?, bridged_at = COALESCE(bridged_at, ?)
WHERE id = ? AND server_id = ? AND line_server_id = ? AND live = 1 AND state IN ('WAITING', 'TALKING', 'HELD', 'PARKED')
  AND EXISTS (SELECT 1 FROM servers v WHERE v.id = calls.server_id AND v.beat_at < UTC_TIMESTAMP(3) - INTERVAL 5 SECOND);

-- name: call-reclaim-legs
-- Third parties were on the line by way of the agent's server.
UPDATE call_legs SET live = NULL, state = 'ENDED', ended_at = UTC_TIMESTAMP(6) WHERE call_id = ? AND live = 1;

-- name: calls-reclaimed
-- Of a server's calls whose lines others have, those that it does not have any
-- more. Held until the commit.
SELECT id FROM calls WHERE id IN (?) AND server_id <> ? FOR UPDATE;

-- name: call-place
INSERT INTO calls (id, live, state, campaign_id, list_id, lead_id, lead_was, e164, server_id, carrier_id, placed_at,
  session_id, user_id, manual, verdict_id, verdict_rule, verdict_until, verdict_knew, notice_rule)
VALUES (:id, 1, :state, :campaign_id, :list_id, :lead_id, :lead_was, :e164, :server_id, :carrier_id, :placed_at,
  NULLIF(:session_id, 0), NULLIF(:user_id, 0), :manual, :verdict_id, :verdict_rule, :verdict_until, :verdict_knew, :notice_rule);

-- name: calls-count-leads
-- The leads of calls that are placed now.
UPDATE leads SET status = 'QUEUE', called_count = called_count + 1,
  called_since_reset = called_since_reset + 1, last_called_at = ?
WHERE id IN (?);

-- name: numbers-turn
-- Held until the commit. A write, not only a lock: of two clusters' nodes one
-- commits and the other tries again.
INSERT INTO number_turns (place) VALUES (:place) ON DUPLICATE KEY UPDATE turn = turn + 1;

-- name: calls-of-numbers
-- How many calls were placed to the numbers since the given time, by whomever.
SELECT e164, COUNT(*) AS calls FROM calls FORCE INDEX (calls_number)
WHERE e164 IN (?) AND placed_at >= ? AND sent GROUP BY e164;

-- name: calls-take-hopper
-- A call takes its lead out of the hopper; only the server that holds the
-- claim may.
DELETE FROM hopper WHERE lead_id IN (?) AND claimed_by = ?;

-- part: call-is-others
live IS NULL AND server_id <> VALUES(server_id)

-- name: calls-write
-- Calls as they are now, any number at once. Each has its row since it was
-- placed; what was fixed then is given for an INSERT's sake alone. A call that
-- has ended does not come to life again: a server that was taken for dead may
-- come back, and says then what became of it. One that has ended for another
-- server, with which its agent went on, is that server's alone. (live and
-- server_id, which tell that, are set last: MariaDB sets one column after the
-- other.)
INSERT INTO calls (id, live, state, campaign_id, list_id, lead_id, lead_was, e164, server_id, line_server_id, carrier_id,
  session_id, user_id, placed_at, sent, ringing_at, answered_at, wanted_at, bridged_at, dropped_at, drop_action, in_group,
  ended_at, status, cause, sip_code, ended_by, amd, amd_cause, recording, told_at, manual)
VALUES (:id, :live, :state, :campaign_id, :list_id, :lead_id, :lead_was, :e164, :server_id, :line_server_id, :carrier_id,
  NULLIF(:session_id, 0), NULLIF(:user_id, 0), :placed_at, :sent, :ringing_at, :answered_at, :wanted_at, :bridged_at, :dropped_at, :drop_action, :in_group,
  :ended_at, :status, :cause, :sip_code, :ended_by, :amd, :amd_cause, :recording, :told_at, :manual)
ON DUPLICATE KEY UPDATE state = IF({{call-is-others}}, state, VALUES(state)), line_server_id = IF({{call-is-others}}, line_server_id, VALUES(line_server_id)),
  session_id = IF({{call-is-others}}, session_id, VALUES(session_id)), user_id = IF({{call-is-others}}, user_id, VALUES(user_id)),
  ringing_at = IF({{call-is-others}}, ringing_at, VALUES(ringing_at)), answered_at = IF({{call-is-others}}, answered_at, VALUES(answered_at)),
  wanted_at = IF({{call-is-others}}, wanted_at, VALUES(wanted_at)), bridged_at = IF({{call-is-others}}, bridged_at, VALUES(bridged_at)),
  dropped_at = IF({{call-is-others}}, dropped_at, VALUES(dropped_at)), drop_action = IF({{call-is-others}}, drop_action, VALUES(drop_action)),
  in_group = IF({{call-is-others}}, in_group, VALUES(in_group)), ended_at = IF({{call-is-others}}, ended_at, VALUES(ended_at)),
  status = IF({{call-is-others}}, status, VALUES(status)), cause = IF({{call-is-others}}, cause, VALUES(cause)),
  sip_code = IF({{call-is-others}}, sip_code, VALUES(sip_code)), ended_by = IF({{call-is-others}}, ended_by, VALUES(ended_by)),
  amd = IF({{call-is-others}}, amd, VALUES(amd)), amd_cause = IF({{call-is-others}}, amd_cause, VALUES(amd_cause)),
  recording = IF({{call-is-others}}, recording, VALUES(recording)), told_at = IF({{call-is-others}}, told_at, VALUES(told_at)),
  server_id = IF({{call-is-others}}, server_id, VALUES(server_id)), live = IF(live IS NULL, NULL, VALUES(live));

-- name: call-unsent
-- A call that never left. It may not even have been committed, and gets no row
-- by this.
UPDATE calls SET live = :live, state = :state, sent = FALSE, ended_at = :ended_at, ended_by = :ended_by WHERE id = :id;

-- name: calls-leads
-- What became of leads that have become the same. The server's answer carries the
-- id of a promise that one of them was made, by LAST_INSERT_ID with an argument,
-- or 0 where there is none: the store settles it then. The number of rows cannot
-- tell, since leads may have been deleted.
UPDATE leads l LEFT JOIN callbacks k ON k.lead_id = l.id AND k.open = 1
SET l.status = ?, k.changed_at = IF(LAST_INSERT_ID(k.id) > 0, ?, k.changed_at) WHERE l.id IN (?);

-- name: call-lead-comments
UPDATE leads SET comments = ? WHERE id = ?;

-- name: call-lead-unsent
-- The call never left: as if it had not been placed. Once only: the call's own
-- row is marked after this.
UPDATE leads SET status = ?, called_count = GREATEST(called_count, 1) - 1,
  called_since_reset = GREATEST(called_since_reset, 1) - 1
WHERE id = ? AND EXISTS (SELECT 1 FROM calls c WHERE c.id = ? AND c.sent);

-- name: call-lead-again
-- The call was dialed and counts, but the lead is as dialable as before it.
-- Once only: the call's own row is ended after this.
UPDATE leads SET status = ?, called_since_reset = GREATEST(called_since_reset, 1) - 1
WHERE id = ? AND EXISTS (SELECT 1 FROM calls c WHERE c.id = ? AND c.live = 1);

-- name: dnc-add
INSERT INTO dnc (campaign_id, e164, source, user_id, added_at) VALUES ('', ?, ?, ?, ?)
ON DUPLICATE KEY UPDATE source = source;

-- name: recording-add
INSERT INTO recordings (call_id, server_id, file, started_at) VALUES (:call_id, :server_id, :file, :started_at)
ON DUPLICATE KEY UPDATE started_at = started_at;

-- name: recordings-unfinished
-- Files whose call has ended. A call that a dead listen left as live is ended by
-- the next one.
SELECT r.call_id, r.server_id, r.file, r.started_at, c.ended_at
FROM recordings r JOIN calls c ON c.id = r.call_id
WHERE r.server_id = ? AND r.state = 'WRITING' AND c.live IS NULL
ORDER BY c.ended_at LIMIT 100;

-- name: recording-finish
UPDATE recordings SET state = :state, bytes = :bytes, length_ms = :length_ms, sha256 = :sha256, done_at = :done_at
WHERE call_id = :call_id AND file = :file;

-- name: recordings-named
-- Which of these calls have a row for their file.
SELECT call_id FROM recordings WHERE call_id IN (?);

-- name: recording-found
-- A file without a row gets one, if it is of a call that this server has, or whose
-- line it had: the agent may have gone on with it elsewhere.
INSERT INTO recordings (call_id, server_id, file, started_at)
SELECT c.id, v.id, ?, COALESCE(c.bridged_at, c.placed_at) FROM calls c JOIN servers v ON v.id = ?
WHERE c.id = ? AND v.id IN (c.server_id, c.line_server_id)
ON DUPLICATE KEY UPDATE started_at = recordings.started_at;

-- name: carrier-outcomes
SELECT carrier_id, kind, code, status FROM carrier_outcomes;

-- name: event-add
INSERT INTO events (at, server_id, kind, session_id, call_id, campaign_id)
VALUES (:at, :server_id, :kind, NULLIF(:session_id, 0), NULLIF(:call_id, 0), :campaign_id);

-- name: dnc-statuses
SELECT status FROM statuses WHERE dnc;

-- part: campaign-columns
-- All of dialer.Campaign, of a campaigns c.
c.id, c.name, c.active,
c.dial_method,
c.dial_level,
c.dial_timeout_s,
c.drop_ms,
c.carrier_id,
c.caller_id,
c.amd,
c.amd_params,
c.voicemail,
c.record,
c.record_notice,
c.hold_music,
c.hopper_level,
c.call_from_min,
c.call_to_min,
COALESCE((SELECT GROUP_CONCAT(k.hours ORDER BY k.id SEPARATOR '\n---\n') FROM call_times k
  WHERE k.campaigns = '*' OR FIND_IN_SET(c.id, REPLACE(k.campaigns, ' ', ',')) > 0), '') AS call_times,
c.dial_statuses,
c.safe_harbour,
c.drop_rule,
c.drop_percent,
c.amd_mistaken_percent,
c.max_level,
c.intensity,
c.diff_target,
c.diff_method,
c.available_only,
c.available_count,
c.available_below,
c.level_one_count,
c.level_one_below,
c.latest_time,
c.incall_threshold_s,
c.debt,
c.max_attempts,
c.max_per_day,
c.max_per_24h,
c.max_by_state,
c.drop_lockout_h,
c.drop_action,
COALESCE((SELECT JSON_OBJECT('id', g.id, 'name', g.name, 'announcement', g.announcement, 'music', g.music, 'wait_s', g.wait_s, 'after_wait', g.after_wait,
  'message', g.message, 'priority', g.priority, 'campaigns', g.campaigns) FROM in_groups g WHERE g.id = c.in_group AND NOT g.archived), '') AS in_group,
c.lead_order,
c.order_then,
c.lead_filter,
c.mix_method,
c.hopper_multiplier,
c.auto_alt,
c.auto_alt_statuses,
c.custom_caller_id,
c.callback_release_min,
c.changed_at

-- name: campaign-by-id
SELECT {{campaign-columns}} FROM campaigns c WHERE c.id = ?;

-- name: campaigns-active
SELECT {{campaign-columns}} FROM campaigns c WHERE c.active ORDER BY c.id;

-- name: carriers-all
SELECT id, name, host, port, dial_prefix, active FROM carriers ORDER BY id;

-- name: server-limits
-- A row for each carrier; one without, where there is none.
SELECT s.max_trunks, s.cps, s.dials, s.skew_ms, COALESCE(k.id, 0) AS `carrier.id`, COALESCE(k.name, '') AS `carrier.name`,
  COALESCE(k.host, '') AS `carrier.host`, COALESCE(k.port, 0) AS `carrier.port`, COALESCE(k.dial_prefix, '') AS `carrier.dial_prefix`,
  COALESCE(k.active, FALSE) AS `carrier.active`
FROM servers s LEFT JOIN carriers k ON TRUE WHERE s.id = ?;

-- name: call-note
INSERT INTO call_notes (call_id, lead_id, user_id, at, note) VALUES (:call_id, :lead_id, :user_id, :at, :note) ON DUPLICATE KEY UPDATE user_id = VALUES(user_id), at = VALUES(at), note = VALUES(note);
