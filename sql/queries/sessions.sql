-- name: sessions-of-server
SELECT s.id, s.user_id, s.campaign_id, s.server_id, s.phone_id, s.state, s.pause_code, s.pause_next, s.state_since, s.shown_since, s.leg,
  COALESCE(s.call_id, 0) AS call_id, s.seen_at, s.logged_in_at, s.muted, s.no_sound, s.preview_lead, s.preview_since, COALESCE(p.login, '') AS phone_login
FROM agent_sessions s LEFT JOIN phones p ON p.id = s.phone_id WHERE s.live = 1 AND s.server_id = ?;

-- name: sessions-write
-- Shifts as they are now, any number at once. Each has its row since it began;
-- what was fixed then is given for an INSERT's sake alone, and when the page was
-- last seen is the web role's to write. A shift that has ended stays as it is: it
-- may have gone on elsewhere while its server was away. (live is set last: MariaDB
-- sets one column after the other.)
INSERT INTO agent_sessions (id, live, user_id, campaign_id, server_id, phone_id, state, pause_code, pause_next, state_since, shown_since, leg,
  call_id, muted, no_sound, preview_lead, preview_since, seen_at, logged_in_at, logged_out_at, logout_reason)
VALUES (:id, :live, :user_id, :campaign_id, :server_id, :phone_id, :state, :pause_code, :pause_next, :state_since, :shown_since, :leg,
  NULLIF(:call_id, 0), :muted, :no_sound, :preview_lead, :preview_since, :seen_at, :logged_in_at, :logged_out_at, :logout_reason)
ON DUPLICATE KEY UPDATE state = IF(live IS NULL, state, VALUES(state)), pause_code = IF(live IS NULL, pause_code, VALUES(pause_code)), pause_next = IF(live IS NULL, pause_next, VALUES(pause_next)),
  state_since = IF(live IS NULL, state_since, VALUES(state_since)), shown_since = IF(live IS NULL, shown_since, VALUES(shown_since)), leg = IF(live IS NULL, leg, VALUES(leg)), call_id = IF(live IS NULL, call_id, VALUES(call_id)),
  muted = IF(live IS NULL, muted, VALUES(muted)), no_sound = IF(live IS NULL, no_sound, VALUES(no_sound)), preview_lead = IF(live IS NULL, preview_lead, VALUES(preview_lead)),
  preview_since = IF(live IS NULL, preview_since, VALUES(preview_since)),
  logged_out_at = IF(live IS NULL, logged_out_at, VALUES(logged_out_at)), logout_reason = IF(live IS NULL, logout_reason, VALUES(logout_reason)), live = IF(live IS NULL, live, VALUES(live));

-- name: agent-log-add
INSERT INTO agent_log (session_id, user_id, campaign_id, state, pause_code, call_id, from_at, to_at)
VALUES (:session_id, :user_id, :campaign_id, :state, :pause_code, NULLIF(:call_id, 0), :from_at, :to_at);

-- name: intents-open
SELECT id, server_id, session_id, kind, args FROM intents WHERE server_id = ? AND open = 1 ORDER BY id;

-- name: intents-chosen
-- The outcomes that agents of a server chose while they had a call up: carried
-- out, and to be counted only at its end. A call that was parked meanwhile gets a
-- new one. A click is no older than its call but for what clocks differ by: the
-- minute, in milliseconds of an id, keeps a long shift's other clicks out.
SELECT i.id, i.server_id, i.session_id, i.kind, i.args
FROM agent_sessions s JOIN intents i FORCE INDEX (intents_session) ON i.session_id = s.id AND i.id + 60000 * 8192 > s.call_id
WHERE s.live = 1 AND s.server_id = ? AND s.state IN ('INCALL', 'WRAPUP') AND i.kind IN ('dispose', 'park') AND i.open IS NULL AND i.refusal = ''
ORDER BY i.id;

-- name: listen-news
-- Which clicks and watches there are for a server, without what is in them: the
-- ids, joined by commas. GROUP_CONCAT may cut a long list off: what is left of its
-- last id is then one that nobody knows.
SELECT COALESCE((SELECT GROUP_CONCAT(id) FROM intents WHERE server_id = ? AND open = 1), '') AS intents,
  COALESCE((SELECT GROUP_CONCAT(id) FROM watches WHERE server_id = ? AND live = 1), '') AS watches;

-- name: intents-close
-- Carried out.
UPDATE intents SET open = NULL, done_at = ?, refusal = '' WHERE id IN (?);

-- name: intent-refuse
UPDATE intents SET open = NULL, done_at = ?, refusal = ? WHERE id = ?;

-- name: sessions-free-elsewhere
-- Agents of other servers who wait for a call of these campaigns, the longest
-- first. Their own listen has the last word.
SELECT s.id, s.server_id
FROM agent_sessions s JOIN servers v ON v.id = s.server_id
WHERE s.campaign_id IN (?) AND s.live = 1 AND s.state = 'READY' AND s.leg <> '' AND s.server_id <> ?
  AND s.seen_at > UTC_TIMESTAMP(3) - INTERVAL 5 SECOND
  AND v.sip_addr <> '' AND v.listening AND (v.beat_at IS NULL OR v.beat_at > UTC_TIMESTAMP(3) - INTERVAL 6 SECOND)
ORDER BY COALESCE(s.shown_since, s.state_since) LIMIT 8;
