-- name: sessions-of-server
SELECT s.id, s.user_id, s.campaign_id, s.server_id, s.phone_id, s.state, s.pause_code, s.pause_next, s.state_since, s.leg,
  COALESCE(s.call_id, 0) AS call_id, s.seen_at, s.logged_in_at, s.muted, s.no_sound, s.preview_lead, COALESCE(p.login, '') AS phone_login
FROM agent_sessions s LEFT JOIN phones p ON p.id = s.phone_id WHERE s.live = 1 AND s.server_id = ?;

-- name: session-write
UPDATE agent_sessions SET live = :live, state = :state, pause_code = :pause_code, pause_next = :pause_next,
  state_since = :state_since, leg = :leg, call_id = NULLIF(:call_id, 0),
  muted = :muted, no_sound = :no_sound, preview_lead = :preview_lead,
  logged_out_at = :logged_out_at, logout_reason = :logout_reason
WHERE id = :id;

-- name: agent-log-add
INSERT INTO agent_log (session_id, user_id, campaign_id, state, pause_code, call_id, from_at, to_at)
VALUES (:session_id, :user_id, :campaign_id, :state, :pause_code, NULLIF(:call_id, 0), :from_at, :to_at);

-- name: intents-open
SELECT id, server_id, session_id, kind, args FROM intents WHERE server_id = ? AND open = 1 ORDER BY id;

-- name: intent-close
UPDATE intents SET open = NULL, done_at = ?, refusal = ? WHERE id = ?;
