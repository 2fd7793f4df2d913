-- name: web-campaign-lines
-- Calls that are up are found as in web-campaign-calls, once for all campaigns:
-- by campaign they would be sought among all that it ever placed.
SELECT c.id, c.name, c.active, c.archived, c.dial_method, c.dial_level,
  (SELECT COUNT(*) FROM agent_sessions s WHERE s.campaign_id = c.id AND s.live = 1) AS agents,
  COALESCE(n.calls, 0) AS calls,
  (SELECT COUNT(*) FROM hopper h WHERE h.campaign_id = c.id AND h.claim IS NULL) AS hopper,
  (SELECT COUNT(*) FROM lists l WHERE l.campaign_id = c.id AND l.active) AS lists
FROM campaigns c
LEFT JOIN (
  SELECT k.campaign_id, COUNT(*) AS calls FROM servers v JOIN calls k ON k.server_id = v.id AND k.live = 1 GROUP BY k.campaign_id
) n ON n.campaign_id = c.id
ORDER BY c.archived, c.active DESC, c.name;

-- name: web-campaign
SELECT {{campaign-columns}}, c.archived, COALESCE(r.name, '') AS carrier_name
FROM campaigns c LEFT JOIN carriers r ON r.id = c.carrier_id
WHERE c.id = ?;

-- name: web-campaign-active
SELECT active FROM campaigns WHERE id = ?;

-- name: web-campaign-agents
SELECT state AS name, COUNT(*) AS n FROM agent_sessions WHERE campaign_id = ? AND live = 1 GROUP BY state;

-- name: web-campaign-calls
-- Calls that are up. They are few, and few servers carry them: the key by server
-- and life finds them.
SELECT c.state AS name, COUNT(*) AS n FROM servers v JOIN calls c ON c.server_id = v.id AND c.live = 1
WHERE c.campaign_id = ? GROUP BY c.state;

-- name: web-campaign-hopper
SELECT COUNT(*) FROM hopper WHERE campaign_id = ? AND claim IS NULL;

-- name: web-campaign-pacing
SELECT v.name, GREATEST(TIMESTAMPDIFF(SECOND, p.decided_at, UTC_TIMESTAMP(3)), 0) AS age, p.bound, p.reason
FROM pacing_states p JOIN servers v ON v.id = p.server_id
WHERE p.campaign_id = ? ORDER BY v.name;

-- name: web-campaign-ledgers
SELECT COALESCE(ledgers, '') FROM pacing_models WHERE campaign_id = ?;

-- name: web-campaign-lists
SELECT id, name, active FROM lists WHERE campaign_id = ? ORDER BY active DESC, id;

-- name: web-campaign-has-leads
-- By the index alone: it stops at the first.
SELECT EXISTS (SELECT 1 FROM lists k JOIN leads l FORCE INDEX (leads_dialable) ON l.list_id = k.id WHERE k.campaign_id = ?);

-- name: web-campaign-list-statuses
-- By the index alone, in its order.
SELECT n.list_id, n.status, COALESCE(t.name, n.status) AS name, SUM(n.leads) AS leads
FROM (SELECT l.list_id, l.called_since_reset, l.status, COUNT(*) AS leads FROM lists k JOIN leads l FORCE INDEX (leads_dialable) ON l.list_id = k.id
  WHERE k.campaign_id = ? GROUP BY l.list_id, l.called_since_reset, l.status) n
LEFT JOIN statuses t ON t.status = n.status
GROUP BY n.list_id, n.status, t.name ORDER BY n.list_id, leads DESC, n.status;

-- name: web-campaign-lock
-- What stands before a change; the row is locked until the change is in.
SELECT active, dial_level, archived FROM campaigns WHERE id = ? FOR UPDATE;

-- name: web-campaign-set-active
UPDATE campaigns SET active = ?, changed_at = ? WHERE id = ?;

-- name: web-campaign-set-level
UPDATE campaigns SET dial_level = ?, changed_at = ? WHERE id = ?;
