-- name: hopper-campaigns
-- The active campaigns with the agents who take calls, or will within the
-- minute (paused since the given time or later), and the rows nobody has claimed.
SELECT {{campaign-columns}},
  (SELECT COUNT(*) FROM agent_sessions s WHERE s.campaign_id = c.id AND s.live = 1
     AND (s.state IN ('READY', 'INCALL', 'WRAPUP') OR (s.state = 'PAUSED' AND s.state_since >= ?))) AS agents,
  (SELECT COUNT(*) FROM agent_sessions s WHERE s.campaign_id = c.id AND s.live = 1 AND s.state = 'READY') AS ready,
  (SELECT COUNT(*) FROM hopper h WHERE h.campaign_id = c.id AND h.claim IS NULL) AS free_rows
FROM campaigns c WHERE c.active ORDER BY c.id;

-- name: hopper-campaign
-- The same of one campaign, active or not.
SELECT {{campaign-columns}},
  (SELECT COUNT(*) FROM agent_sessions s WHERE s.campaign_id = c.id AND s.live = 1
     AND (s.state IN ('READY', 'INCALL', 'WRAPUP') OR (s.state = 'PAUSED' AND s.state_since >= ?))) AS agents,
  (SELECT COUNT(*) FROM agent_sessions s WHERE s.campaign_id = c.id AND s.live = 1 AND s.state = 'READY') AS ready,
  (SELECT COUNT(*) FROM hopper h WHERE h.campaign_id = c.id AND h.claim IS NULL) AS free_rows
FROM campaigns c WHERE c.id = ?;

-- name: hopper-lists
-- The active lists of every campaign.
SELECT id, campaign_id FROM lists WHERE active ORDER BY id;

-- name: hopper-zone-sets
SELECT id, zones FROM zone_sets ORDER BY id;

-- name: hopper-ranges
-- Which index ranges of a list hold leads. Every column is one of the index's
-- first four, so the server skips from group to group and reads no lead. One
-- list a statement: with several the optimizer prefers to read them whole.
SELECT list_id, status, zone_set FROM leads FORCE INDEX (leads_dialable)
WHERE list_id = ? AND called_since_reset = 0
GROUP BY list_id, called_since_reset, status, zone_set;

-- name: hopper-candidates
-- The next leads of one index range; the store joins many of these by UNION
-- ALL. Joins, not NOT EXISTS: MariaDB may turn the latter into reading all of
-- dnc first.
(SELECT STRAIGHT_JOIN ? AS slot, l.id, l.e164, l.state, l.zone_set, l.called_count
FROM leads l FORCE INDEX (leads_dialable)
LEFT JOIN hopper h ON h.lead_id = l.id
LEFT JOIN dnc d ON d.e164 = l.e164 AND d.campaign_id IN ('', ?)
LEFT JOIN dnc w ON w.e164 = CONCAT(LEFT(l.e164, 5), '*') AND w.campaign_id IN ('', ?)
WHERE l.list_id = ? AND l.called_since_reset = 0 AND l.status = ? AND l.zone_set = ? AND l.id > ?
  AND h.lead_id IS NULL AND d.e164 IS NULL AND w.e164 IS NULL
ORDER BY l.id LIMIT ?);

-- name: hopper-insert
-- Judges every lead again, in the statement that inserts: one that was dialed
-- since it was read has another status by now. A row that another filler put in
-- at the same moment stays as it is.
INSERT INTO hopper (campaign_id, lead_id, list_id, priority, added_at)
SELECT ?, l.id, l.list_id, 0, ?
FROM leads l
JOIN lists li ON li.id = l.list_id AND li.active AND li.campaign_id = ?
JOIN campaigns c ON c.id = li.campaign_id AND c.active
LEFT JOIN hopper h ON h.lead_id = l.id
WHERE l.id IN (?) AND l.called_since_reset = 0 AND l.status IN (?) AND h.lead_id IS NULL
  AND (? = 0 OR EXISTS (SELECT 1 FROM leases f WHERE f.name = ? AND f.epoch = ?))
ORDER BY l.id
ON DUPLICATE KEY UPDATE lead_id = VALUES(lead_id);

-- name: hopper-stopped
-- Unclaimed rows of campaigns that are stopped or gone.
SELECT h.id FROM hopper h LEFT JOIN campaigns c ON c.id = h.campaign_id AND c.active
WHERE h.claim IS NULL AND c.id IS NULL LIMIT ?;

-- name: hopper-stale
-- Unclaimed rows of a campaign whose lead may not be called now.
SELECT h.id FROM hopper h
LEFT JOIN leads l ON l.id = h.lead_id
LEFT JOIN lists li ON li.id = l.list_id AND li.active AND li.campaign_id = h.campaign_id
LEFT JOIN dnc d ON d.e164 = l.e164 AND d.campaign_id IN ('', h.campaign_id)
LEFT JOIN dnc w ON w.e164 = CONCAT(LEFT(l.e164, 5), '*') AND w.campaign_id IN ('', h.campaign_id)
WHERE h.campaign_id = ? AND h.claim IS NULL
  AND (l.id IS NULL OR li.id IS NULL OR d.e164 IS NOT NULL OR w.e164 IS NOT NULL
    OR l.called_since_reset <> 0 OR l.status NOT IN (?) OR l.zone_set NOT IN (?));

-- name: hopper-remove-unclaimed
DELETE FROM hopper WHERE id IN (?) AND claim IS NULL;

-- name: hopper-free
-- Claims whose owner died before it committed a call: the call's row and the
-- deletion of this one are one transaction.
UPDATE hopper SET claim = NULL, claimed_by = NULL, claimed_at = NULL
WHERE claim IS NOT NULL AND claimed_at < ?;

-- name: hopper-free-rows
-- What a dialer may try to claim, best first. Read without locks: the update
-- decides who gets a row.
SELECT id, priority FROM hopper WHERE campaign_id = ? AND claim IS NULL
ORDER BY priority DESC, id LIMIT ?;

-- name: hopper-free-count
SELECT COUNT(*) FROM (SELECT 1 FROM hopper WHERE campaign_id = ? AND claim IS NULL LIMIT 500) f;

-- name: hopper-claim
-- By primary key, so that claimants lock the rows they want and no others.
UPDATE hopper FORCE INDEX (PRIMARY) SET claim = ?, claimed_by = ?, claimed_at = ?
WHERE id IN (?) AND claim IS NULL;

-- name: hopper-claimed
SELECT {{lead-columns}}
FROM hopper h
JOIN leads l ON l.id = h.lead_id
JOIN zone_sets z ON z.id = l.zone_set
WHERE h.claim = ? ORDER BY h.priority DESC, h.id;

-- name: hopper-release
-- Only under the claims of whoever gives them back: a claimant that slept past
-- their life must not free a row that another has claimed since.
UPDATE hopper SET claim = NULL, claimed_by = NULL, claimed_at = NULL WHERE lead_id IN (?) AND claim IN (?);

-- name: hopper-remove
-- Likewise.
DELETE FROM hopper WHERE lead_id = ? AND claim = ?;

-- name: hopper-purge-events
-- Nobody resumes a stream of events after so long; a page that was away for
-- longer reads the present state.
DELETE FROM events WHERE at < ? ORDER BY at LIMIT ?;

-- name: hopper-purge-intents
-- Clicks that were carried out or refused. An id holds the time at which it was
-- made, so the primary key finds the oldest; those that are open for ever are
-- few.
DELETE FROM intents WHERE id < ? AND open IS NULL ORDER BY id LIMIT ?;

-- name: hopper-purge-sessions
-- Browsers' sessions that have expired. No index leads to them; there are as
-- many as people who signed in since.
DELETE FROM web_sessions WHERE expires_at < ? LIMIT ?;
