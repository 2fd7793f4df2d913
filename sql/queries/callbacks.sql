-- name: callbacks-open-of
-- The open callbacks of leads whose call has ended.
SELECT k.id, k.campaign_id, k.lead_id, k.kind, k.user_id, k.due_at, k.zone, k.state, k.tries, k.comments, k.made_by, k.created_at, k.changed_at FROM callbacks k WHERE k.lead_id IN (?) AND k.open = 1;

-- name: callback-statuses
SELECT status, human, dnc FROM statuses WHERE status IN (?);

-- name: callback-write
UPDATE callbacks SET open = IF(:state IN ('ACTIVE', 'LIVE'), 1, NULL), state = :state, tries = :tries, due_at = :due_at, zone = :zone,
  kind = :kind, user_id = :user_id, comments = :comments, changed_at = :changed_at
WHERE id = :id AND open = 1;

-- name: callback-end-open
-- A lead is promised one call at a time: the new promise takes the old one's place.
-- The old one is DONE where the customer made the new one in a call, and DEAD where
-- nobody spoke to them.
UPDATE callbacks SET open = NULL, state = ?, changed_at = ? WHERE lead_id = ? AND open = 1;

-- name: callbacks-to-release
-- Agents' own callbacks whose time has come and whose agent is gone, or let it
-- pass for longer than the campaign waits.
SELECT STRAIGHT_JOIN k.id FROM campaigns c
JOIN callbacks k FORCE INDEX (callbacks_due) ON k.campaign_id = c.id AND k.state = 'ACTIVE' AND k.due_at <= ?
LEFT JOIN users u ON u.id = k.user_id
WHERE k.kind = 'USERONLY' AND (u.id IS NULL OR NOT u.active
  OR (c.callback_release_min > 0 AND k.due_at <= ? - INTERVAL c.callback_release_min MINUTE)) LIMIT ?;

-- name: callbacks-release
UPDATE callbacks SET kind = 'ANYONE', changed_at = ? WHERE id IN (?) AND kind = 'USERONLY' AND state = 'ACTIVE';

-- name: callback-insert
INSERT INTO callbacks (open, campaign_id, lead_id, kind, user_id, due_at, zone, state, comments, made_by, created_at, changed_at)
VALUES (1, :campaign_id, :lead_id, :kind, :user_id, :due_at, :zone, 'ACTIVE', :comments, :made_by, :created_at, :changed_at);

-- name: callback-by-id
SELECT k.id, k.campaign_id, k.lead_id, k.kind, k.user_id, k.due_at, k.zone, k.state, k.tries, k.comments, k.made_by, k.created_at, k.changed_at FROM callbacks k WHERE k.id = ?;

-- name: callback-lock
SELECT k.id, k.campaign_id, k.lead_id, k.kind, k.user_id, k.due_at, k.zone, k.state, k.tries, k.comments, k.made_by, k.created_at, k.changed_at FROM callbacks k WHERE k.id = ? FOR UPDATE;

-- part: callback-line
-- do_not_call: by the number itself or by its area.
SELECT k.id, k.campaign_id, k.lead_id, k.kind, k.user_id, k.due_at, k.zone, k.state, k.tries, k.comments, k.made_by, k.created_at, k.changed_at, l.list_id, l.e164, l.status AS lead_status, TRIM(CONCAT(l.first_name, ' ', l.last_name)) AS lead_name,
  COALESCE(NULLIF(u.full_name, ''), u.username, '') AS agent, c.name AS campaign_name,
  EXISTS (SELECT 1 FROM dnc d WHERE d.e164 IN (l.e164, CONCAT(LEFT(l.e164, 5), '*')) AND d.campaign_id IN ('', k.campaign_id)) AS do_not_call
FROM callbacks k JOIN leads l ON l.id = k.lead_id JOIN campaigns c ON c.id = k.campaign_id LEFT JOIN users u ON u.id = k.user_id

-- name: callbacks-of-user
-- An agent's own, the soonest first.
{{callback-line}}
WHERE k.user_id = ? AND k.state IN ('ACTIVE', 'LIVE') AND k.kind = 'USERONLY' ORDER BY k.due_at, k.id LIMIT ?;

-- name: callbacks-open
-- All that stand, the soonest first, from a moment on.
{{callback-line}}
WHERE k.state IN ('ACTIVE', 'LIVE') AND (? = '' OR k.campaign_id = ?) AND (k.due_at > ? OR (k.due_at = ? AND k.id > ?)) ORDER BY k.due_at, k.id LIMIT ?;

-- name: callbacks-closed
{{callback-line}}
WHERE k.state IN ('DONE', 'DEAD') AND (? = '' OR k.campaign_id = ?) AND k.id < ? ORDER BY k.id DESC LIMIT ?;

-- name: callbacks-of-lead
{{callback-line}}
WHERE k.lead_id = ? ORDER BY k.id DESC LIMIT 20;

-- name: callbacks-follow
-- A promise goes along with its lead into another campaign: nobody would keep it
-- in the old one, and the lead would wait for it for ever.
UPDATE callbacks k JOIN leads l ON l.id = k.lead_id JOIN lists li ON li.id = l.list_id
SET k.campaign_id = li.campaign_id WHERE k.lead_id IN (?) AND k.open = 1 AND k.campaign_id <> li.campaign_id;

-- name: callbacks-follow-list
-- Likewise those of a list that has changed its campaign.
UPDATE callbacks k STRAIGHT_JOIN leads l ON l.id = k.lead_id STRAIGHT_JOIN lists li ON li.id = l.list_id
SET k.campaign_id = li.campaign_id WHERE l.list_id = ? AND k.open = 1 AND k.state IN ('ACTIVE', 'LIVE') AND k.campaign_id <> li.campaign_id;

-- name: callbacks-count
SELECT COUNT(*) AS open_n, COALESCE(SUM(due_at <= ?), 0) AS due_n FROM callbacks WHERE state IN ('ACTIVE', 'LIVE');

-- name: callback-lead-status
-- A cancelled promise leaves the lead where it may be dialed again, or not, by
-- the campaign's dial statuses. The hopper looks at what was edited since its last
-- look.
UPDATE leads SET status = IF(status = 'CALLBK', ?, status), changed_at = UTC_TIMESTAMP(3) WHERE id = ?;
