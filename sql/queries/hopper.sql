-- name: hopper-campaigns
-- The active campaigns with the agents who take calls, or will within the
-- minute (paused since the given time or later), and the rows nobody has claimed.
SELECT {{campaign-columns}},
  (SELECT COUNT(*) FROM agent_sessions s WHERE s.campaign_id = c.id AND s.live = 1
     AND (s.state IN ('READY', 'INCALL', 'WRAPUP') OR (s.state = 'PAUSED' AND COALESCE(s.shown_since, s.state_since) >= ?))) AS agents,
  (SELECT COUNT(*) FROM agent_sessions s WHERE s.campaign_id = c.id AND s.live = 1 AND s.state = 'READY') AS ready,
  (SELECT COUNT(*) FROM hopper h WHERE h.campaign_id = c.id AND h.claim IS NULL) AS free_rows
FROM campaigns c WHERE c.active ORDER BY c.id;

-- name: hopper-campaign
-- The same of one campaign, active or not.
SELECT {{campaign-columns}},
  (SELECT COUNT(*) FROM agent_sessions s WHERE s.campaign_id = c.id AND s.live = 1
     AND (s.state IN ('READY', 'INCALL', 'WRAPUP') OR (s.state = 'PAUSED' AND COALESCE(s.shown_since, s.state_since) >= ?))) AS agents,
  (SELECT COUNT(*) FROM agent_sessions s WHERE s.campaign_id = c.id AND s.live = 1 AND s.state = 'READY') AS ready,
  (SELECT COUNT(*) FROM hopper h WHERE h.campaign_id = c.id AND h.claim IS NULL) AS free_rows
FROM campaigns c WHERE c.id = ?;

-- part: hopper-list
SELECT l.id, l.campaign_id, l.name, l.active, l.expires_on, l.call_from_min, l.call_to_min, COALESCE(k.hours, '') AS call_time, l.caller_id, l.reset_at
FROM lists l LEFT JOIN call_times k ON k.id = l.call_time_id

-- name: hopper-lists
-- The lists of every campaign, active or not.
{{hopper-list}} ORDER BY l.id;

-- name: hopper-recycles
-- What is said of a status, and of those of a status group of which nothing is
-- said.
SELECT campaign_id, status, delay_s, max_attempts FROM lead_recycles
UNION ALL
SELECT g.campaign_id, s.status, g.delay_s, g.max_attempts FROM lead_recycle_groups g JOIN statuses s ON s.group_id = g.group_id
WHERE NOT EXISTS (SELECT 1 FROM lead_recycles r WHERE r.campaign_id = g.campaign_id AND r.status = s.status)
ORDER BY campaign_id, status;

-- name: hopper-status-groups
SELECT group_id, status FROM statuses WHERE group_id <> 0 ORDER BY group_id, status;

-- name: hopper-filters
SELECT id, conditions FROM lead_filters;

-- name: hopper-mix
SELECT campaign_id, n, list_id, percent, lead_order, statuses FROM list_mix ORDER BY campaign_id, n;

-- name: hopper-zone-sets
SELECT id, zones FROM zone_sets ORDER BY id;

-- name: hopper-rows
-- What is in a campaign's hopper.
SELECT id, lead_id, source, e164, zone_set, mix_step, claim IS NOT NULL AS claimed FROM hopper WHERE campaign_id = ?;

-- name: hopper-groups
-- Which groups of a list hold leads, each with its first and last id. Every
-- column is one of the index's first five, so the server skips from group to
-- group and reads no lead. One list a statement, joined by UNION ALL: with
-- several the optimizer prefers to read them whole.
(SELECT list_id, called_since_reset, status, zone_set, called_count, MIN(id) AS first_id, MAX(id) AS last_id
FROM leads FORCE INDEX (leads_dialable)
WHERE list_id = ? AND called_since_reset = 0 AND status IN (?)
GROUP BY list_id, called_since_reset, status, zone_set, called_count);

-- name: hopper-drawn
-- What leads that were drawn by their id are. By primary key: most ids of a list
-- are leads of it.
SELECT id, list_id, called_since_reset, status, zone_set, called_count FROM leads FORCE INDEX (PRIMARY) WHERE id IN (?);

-- part: hopper-group
list_id = ? AND called_since_reset = ? AND status = ? AND zone_set = ? AND called_count = ?

-- part: hopper-class
list_id = ? AND called_since_reset = ? AND status = ?

-- part: hopper-last-call
-- A last call as the selection counts: Unix milliseconds, -1 for never.
COALESCE(ROUND(UNIX_TIMESTAMP(last_called_at) * 1000), -1)

-- name: hopper-span-lead
-- A piece of a group by id; the store joins many of these pieces by UNION ALL.
-- All of them are answered by their index alone.
(SELECT ? AS slot, id, 0 AS k, zone_set, called_count FROM leads FORCE INDEX (leads_dialable)
WHERE {{hopper-group}} AND id > ? ORDER BY id LIMIT ?);

-- name: hopper-span-lead-down
(SELECT ? AS slot, id, 0 AS k, zone_set, called_count FROM leads FORCE INDEX (leads_dialable)
WHERE {{hopper-group}} AND id < ? ORDER BY id DESC LIMIT ?);

-- name: hopper-span-rank
(SELECT ? AS slot, id, lead_rank AS k, zone_set, called_count FROM leads FORCE INDEX (leads_by_rank)
WHERE {{hopper-class}} AND lead_rank > ? ORDER BY lead_rank, id LIMIT ?);

-- name: hopper-span-rank-down
(SELECT ? AS slot, id, lead_rank AS k, zone_set, called_count FROM leads FORCE INDEX (leads_by_rank)
WHERE {{hopper-class}} AND lead_rank < ? ORDER BY lead_rank DESC, id DESC LIMIT ?);

-- name: hopper-tie-rank
(SELECT ? AS slot, id, lead_rank AS k, zone_set, called_count FROM leads FORCE INDEX (leads_by_rank)
WHERE {{hopper-class}} AND lead_rank = ? AND id > ? ORDER BY id LIMIT ?);

-- name: hopper-tie-rank-down
(SELECT ? AS slot, id, lead_rank AS k, zone_set, called_count FROM leads FORCE INDEX (leads_by_rank)
WHERE {{hopper-class}} AND lead_rank = ? AND id < ? ORDER BY id DESC LIMIT ?);

-- name: hopper-span-call
(SELECT ? AS slot, id, {{hopper-last-call}} AS k, zone_set, called_count FROM leads FORCE INDEX (leads_by_call)
WHERE {{hopper-class}} AND last_called_at > ? AND last_called_at <= ? ORDER BY last_called_at, id LIMIT ?);

-- name: hopper-span-call-down
(SELECT ? AS slot, id, {{hopper-last-call}} AS k, zone_set, called_count FROM leads FORCE INDEX (leads_by_call)
WHERE {{hopper-class}} AND last_called_at < ? ORDER BY last_called_at DESC, id DESC LIMIT ?);

-- name: hopper-tie-call
(SELECT ? AS slot, id, {{hopper-last-call}} AS k, zone_set, called_count FROM leads FORCE INDEX (leads_by_call)
WHERE {{hopper-class}} AND last_called_at <=> ? AND id > ? ORDER BY id LIMIT ?);

-- name: hopper-tie-call-down
(SELECT ? AS slot, id, {{hopper-last-call}} AS k, zone_set, called_count FROM leads FORCE INDEX (leads_by_call)
WHERE {{hopper-class}} AND last_called_at <=> ? AND id < ? ORDER BY id DESC LIMIT ?);

-- name: hopper-weigh
-- Of this the server tells the plan only: how many leads it takes the group to
-- hold, by two looks into the index.
(SELECT id FROM leads FORCE INDEX (leads_dialable) WHERE {{hopper-group}});

-- name: hopper-sorted
-- A whole set, for an order that no index has; the store adds the order.
SELECT l.id FROM leads l FORCE INDEX (leads_dialable)
WHERE l.list_id IN (?) AND l.called_since_reset = 0 AND l.status IN (?) AND l.zone_set IN (?) AND l.called_count < ?;

-- part: dnc-joins
-- Whether a lead's number may not be called, for the system (ds, dw) and the
-- campaign (dc, dv), by itself and by its wildcard.
LEFT JOIN dnc ds ON ds.e164 = l.e164 AND ds.campaign_id = ''
LEFT JOIN dnc dw ON dw.e164 = CONCAT(LEFT(l.e164, 5), '*') AND dw.campaign_id = ''
LEFT JOIN dnc dc ON dc.e164 = l.e164 AND dc.campaign_id = ?
LEFT JOIN dnc dv ON dv.e164 = CONCAT(LEFT(l.e164, 5), '*') AND dv.campaign_id = ?

-- name: hopper-judge
-- What the selection asks of leads. Joins by key, not EXISTS: MariaDB may turn
-- the latter into reading all of dnc first. The store puts the campaign's filter
-- in place of FALSE.
SELECT STRAIGHT_JOIN l.id, l.list_id, l.status, l.called_since_reset, l.zone_set, l.called_count, l.last_called_at, l.e164, l.state, l.security_phrase,
  h.lead_id IS NOT NULL AS in_hopper, b.lead_id IS NOT NULL AS promised, b.due_at, COALESCE(b.kind, '') AS promise,
  ds.e164 IS NOT NULL OR dw.e164 IS NOT NULL AS dnc, dc.e164 IS NOT NULL OR dv.e164 IS NOT NULL AS campaign_dnc,
  FALSE AS filtered
FROM leads l
LEFT JOIN hopper h ON h.lead_id = l.id
LEFT JOIN callbacks b ON b.lead_id = l.id AND b.open = 1
{{dnc-joins}}
WHERE l.id IN (?);

-- name: hopper-passing
-- Those of some leads that pass the filter, which the store puts in place of TRUE.
SELECT l.id FROM leads l FORCE INDEX (PRIMARY)
WHERE l.id IN (?) AND TRUE
ORDER BY l.id;

-- name: hopper-latest
-- The ends of two indexes.
SELECT COALESCE(MAX(id), 0) AS id, MAX(changed_at) AS edited FROM leads;

-- name: hopper-came
-- Leads that came in lately, of some lists and statuses, that pass the filter,
-- which the store puts in place of TRUE: a run of rows.
SELECT l.id FROM leads l FORCE INDEX (PRIMARY)
WHERE l.id > ? AND l.id <= ? AND l.list_id IN (?) AND l.status IN (?) AND l.called_since_reset <= ? AND TRUE
ORDER BY l.id DESC LIMIT ?;

-- name: hopper-edited
-- Likewise, leads that were edited lately: the latest, as many as one look takes.
SELECT STRAIGHT_JOIN l.id
FROM (SELECT id FROM leads FORCE INDEX (leads_changed) WHERE changed_at > ? ORDER BY changed_at DESC LIMIT ?) n
JOIN leads l FORCE INDEX (PRIMARY) ON l.id = n.id
WHERE l.list_id IN (?) AND l.status IN (?) AND l.called_since_reset <= ? AND TRUE
LIMIT ?;

-- name: hopper-callbacks
-- Leads whose callback is due and that were not called since it is.
SELECT b.lead_id FROM callbacks b JOIN leads l ON l.id = b.lead_id
WHERE b.campaign_id = ? AND b.state = 'ACTIVE' AND b.due_at <= ? AND b.kind = 'ANYONE'
  AND (l.last_called_at IS NULL OR l.last_called_at < b.due_at)
ORDER BY b.due_at, b.id LIMIT ?;

-- part: alternate-joins
-- From a call k to its lead and to the lead's numbers behind the one that was
-- called: one that was called since has another last call.
JOIN leads l ON l.id = k.lead_id AND l.status = k.status
LEFT JOIN calls later ON later.lead_id = k.lead_id AND later.placed_at > k.placed_at
LEFT JOIN lead_phones was ON was.lead_id = l.id AND was.e164 = k.e164 AND k.e164 <> l.e164
JOIN lead_phones p ON p.lead_id = l.id AND p.active AND p.n > COALESCE(was.n, 0) AND p.n BETWEEN ? AND ? AND p.e164 NOT IN (l.e164, k.e164)
LEFT JOIN hopper h ON h.lead_id = l.id

-- part: alternate-after
k.live IS NULL AND k.sent AND k.status IN (?) AND later.id IS NULL AND h.lead_id IS NULL
ORDER BY l.id, p.n

-- name: hopper-alternates
-- Further numbers of leads whose last call was placed lately and reached nobody.
SELECT STRAIGHT_JOIN l.id, p.n, p.e164, p.zone_set
FROM calls k FORCE INDEX (calls_campaign)
{{alternate-joins}}
WHERE k.campaign_id = ? AND k.placed_at >= ? AND {{alternate-after}};

-- name: hopper-alternates-said
-- Likewise of calls placed before that, whose agent may have said only now that
-- they did: by the shifts that began since the first of these ids.
SELECT STRAIGHT_JOIN l.id, p.n, p.e164, p.zone_set
FROM agent_sessions s FORCE INDEX (PRIMARY)
JOIN calls k FORCE INDEX (calls_session) ON k.session_id = s.id
{{alternate-joins}}
WHERE s.id >= ? AND s.campaign_id = ? AND k.campaign_id = s.campaign_id AND k.placed_at >= ? AND k.placed_at < ? AND {{alternate-after}};

-- name: hopper-insert
-- Judges every lead again, in the statement that inserts: one that was dialed
-- since it was read has another status by now, or another number of calls. A row
-- that another filler put in at the same moment stays as it is. The store repeats
-- the row of values.
INSERT INTO hopper (campaign_id, lead_id, list_id, priority, added_at, source, status, called_since_reset, e164, phone_n, zone_set, mix_step)
SELECT STRAIGHT_JOIN c.id, l.id, l.list_id, v.priority, ?, v.source, l.status, l.called_since_reset, v.e164, v.phone_n, v.zone_set, v.mix_step
FROM (
SELECT ? AS place, ? AS lead_id, ? AS status, ? AS round, ? AS priority, ? AS source, ? AS e164, ? AS phone_n, ? AS zone_set, ? AS mix_step
) v
JOIN leads l ON l.id = v.lead_id AND l.status = v.status AND l.called_since_reset = v.round
JOIN lists li ON li.id = l.list_id AND li.active AND li.campaign_id = ?
JOIN campaigns c ON c.id = li.campaign_id AND c.active
LEFT JOIN hopper h ON h.lead_id = l.id
WHERE h.lead_id IS NULL AND (? = 0 OR EXISTS (SELECT 1 FROM leases f WHERE f.name = ? AND f.epoch = ?))
ORDER BY v.place
ON DUPLICATE KEY UPDATE lead_id = VALUES(lead_id);

-- name: hopper-stopped
-- Unclaimed rows of campaigns that are stopped or gone.
SELECT h.id FROM hopper h LEFT JOIN campaigns c ON c.id = h.campaign_id AND c.active
WHERE h.claim IS NULL AND c.id IS NULL LIMIT ?;

-- name: hopper-stale
-- Unclaimed rows of a campaign whose lead may not be called now: it has changed
-- since it came in, its number is on a DNC, its list is off or moved away or
-- ended, or it was promised a callback since. The store adds the hours and the
-- filter.
SELECT h.id FROM hopper h
LEFT JOIN leads l ON l.id = h.lead_id
LEFT JOIN lists li ON li.id = l.list_id AND li.active AND li.campaign_id = h.campaign_id
LEFT JOIN callbacks b ON b.lead_id = h.lead_id AND b.open = 1
LEFT JOIN dnc d ON d.e164 = h.e164 AND d.campaign_id IN ('', h.campaign_id)
LEFT JOIN dnc w ON w.e164 = CONCAT(LEFT(h.e164, 5), '*') AND w.campaign_id IN ('', h.campaign_id)
WHERE h.campaign_id = ? AND h.claim IS NULL
  AND (l.id IS NULL OR li.id IS NULL OR li.id NOT IN (?) OR d.e164 IS NOT NULL OR w.e164 IS NOT NULL
    OR l.called_since_reset <> h.called_since_reset OR l.status <> h.status
    OR (h.source IN ('S', 'N') AND l.status NOT IN (?)) OR (h.source = 'R' AND l.status NOT IN (?))
    OR (h.source = 'C') <> (b.lead_id IS NOT NULL)
    OR (h.source <> 'A' AND (l.e164 <> h.e164 OR l.zone_set <> h.zone_set)));

-- name: hopper-remove-unclaimed
DELETE FROM hopper WHERE id IN (?) AND claim IS NULL;

-- name: hopper-free
-- Claims whose owner died before it committed a call: the call's row and the
-- deletion of this one are one transaction. A lead that an agent looks at before
-- dialing stays claimed for as long as that takes. A claim that is still to be made
-- is of a clock that was set back since.
UPDATE hopper SET claim = NULL, claimed_by = NULL, claimed_at = NULL
WHERE claim IS NOT NULL AND claimed_at NOT BETWEEN ? AND ?
  AND NOT EXISTS (SELECT 1 FROM agent_sessions s WHERE s.live = 1 AND s.server_id = hopper.claimed_by AND s.preview_lead = hopper.lead_id);

-- name: hopper-free-rows
-- What a dialer may try to claim, best first: the beginning of a range of the
-- index, however much is behind it. Read without locks: the update decides who
-- gets a row.
SELECT id, -behind AS priority FROM hopper FORCE INDEX (hopper_next) WHERE campaign_id = ? AND claim IS NULL
ORDER BY behind, id LIMIT ?;

-- name: hopper-free-count
SELECT COUNT(*) FROM (SELECT 1 FROM hopper WHERE campaign_id = ? AND claim IS NULL LIMIT 500) f;

-- name: hopper-claim
-- By primary key, so that claimants lock the rows they want and no others.
UPDATE hopper FORCE INDEX (PRIMARY) SET claim = ?, claimed_by = ?, claimed_at = ?
WHERE id IN (?) AND claim IS NULL;

-- name: hopper-claimed
-- The number, and the zones that go with it, are those that the row says: a
-- further number of the lead, perhaps.
SELECT {{lead-columns}}, h.e164 AS dial, {{lead-list-columns}}
FROM hopper h
JOIN leads l ON l.id = h.lead_id
LEFT JOIN lists li ON li.id = l.list_id
LEFT JOIN call_times lt ON lt.id = li.call_time_id
JOIN zone_sets z ON z.id = h.zone_set
WHERE h.id IN (?) AND h.claim = ? ORDER BY h.priority DESC, h.id;

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

-- name: hopper-purge-drafts
-- What agents typed of calls and never saved. A call's id holds the time at which
-- it was placed.
DELETE FROM call_drafts WHERE call_id < ? ORDER BY call_id LIMIT ?;

-- name: hopper-purge-sessions
-- Browsers' sessions that have expired. No index leads to them; there are as
-- many as people who signed in since.
DELETE FROM web_sessions WHERE expires_at < ? LIMIT ?;

-- name: meter-status
-- What the server counts for this connection: statements, and rows read by each
-- way of reading but from the temporary tables that it makes itself.
SHOW SESSION STATUS WHERE Variable_name IN ('Questions', 'Handler_read_first', 'Handler_read_key', 'Handler_read_last',
  'Handler_read_next', 'Handler_read_prev', 'Handler_read_rnd');

-- name: census-groups
-- How many leads each group of a list holds: its part of one index, once through.
SELECT list_id, called_since_reset, status, zone_set, called_count, COUNT(*) AS leads
FROM leads FORCE INDEX (leads_dialable) WHERE list_id = ?
GROUP BY list_id, called_since_reset, status, zone_set, called_count;

-- name: census-extents
-- From which id to which each of them goes: the two ends of each in the index.
SELECT list_id, called_since_reset, status, zone_set, called_count, MIN(id) AS first_id, MAX(id) AS last_id
FROM leads FORCE INDEX (leads_dialable) WHERE list_id IN (?)
GROUP BY list_id, called_since_reset, status, zone_set, called_count;

-- name: census-too-soon
-- Of these, the ones whose last call was after the given time: the recent end of
-- a range.
SELECT list_id, called_since_reset, status, zone_set, called_count, COUNT(*) AS leads
FROM leads FORCE INDEX (leads_by_call)
WHERE list_id = ? AND called_since_reset = ? AND status = ? AND last_called_at > ?
GROUP BY zone_set, called_count;

-- part: census-passing
-- The leads of some statuses and rounds that pass the filter, which the store
-- puts in place of TRUE, by their groups; and whether their delay is not over, by
-- the conditions that it puts in place of FALSE, and their place, likewise in place
-- of ''.
SELECT l.list_id, l.called_since_reset, l.status, l.zone_set, l.called_count, COUNT(*) AS leads, FALSE AS too_soon, '' AS place

-- name: census-passing-run
-- Those of some lists between two ids: a run of rows, one after the other, which
-- takes a fraction of the time of finding each by itself.
{{census-passing}}
FROM leads l FORCE INDEX (PRIMARY)
WHERE l.id BETWEEN ? AND ? AND l.list_id IN (?) AND l.status IN (?) AND l.called_since_reset <= ? AND TRUE
GROUP BY l.list_id, l.called_since_reset, l.status, l.zone_set, l.called_count, too_soon, place;

-- name: census-passing-own
-- The same from the lists' own fields on, where no lead without them passes and
-- the filter is asked of most: the fields lie in the same order, and of the leads
-- only those are read that pass.
{{census-passing}}
FROM lead_custom lc STRAIGHT_JOIN leads l FORCE INDEX (PRIMARY) ON l.id = lc.lead_id
WHERE lc.lead_id BETWEEN ? AND ? AND l.list_id IN (?) AND l.status IN (?) AND l.called_since_reset <= ? AND TRUE
GROUP BY l.list_id, l.called_since_reset, l.status, l.zone_set, l.called_count, too_soon, place;

-- name: census-passing-rest
-- Those of one list outside of such runs, for which the store repeats the last
-- condition but one; the index tells which they are.
{{census-passing}}
FROM leads l FORCE INDEX (leads_dialable)
WHERE l.list_id = ? AND l.called_since_reset <= ? AND l.status IN (?) AND l.id NOT BETWEEN ? AND ? AND TRUE
GROUP BY l.list_id, l.called_since_reset, l.status, l.zone_set, l.called_count, too_soon, place;

-- part: census-lead
-- A lead of which there is more to know than its group tells, and whether its
-- number is on the do-not-call list, or the campaign's. The store puts the
-- campaign's filter in place of FALSE, and the lead's place in place of ''.
FALSE AS filtered, '' AS place, l.id, l.list_id, l.called_since_reset, l.status, l.zone_set, l.called_count, l.last_called_at,
EXISTS (SELECT 1 FROM dnc s WHERE s.e164 = l.e164 AND s.campaign_id = '') AS dnc,
EXISTS (SELECT 1 FROM dnc o WHERE o.e164 = l.e164 AND o.campaign_id = ?) AS campaign_dnc

-- name: census-hopper
SELECT {{census-lead}}, TRUE AS in_hopper FROM hopper h JOIN leads l ON l.id = h.lead_id
WHERE l.list_id IN (?);

-- name: census-callbacks
SELECT {{census-lead}}, TRUE AS promised FROM campaigns c
JOIN callbacks b ON b.campaign_id = c.id AND b.state IN ('ACTIVE', 'LIVE') AND b.open = 1
JOIN leads l ON l.id = b.lead_id
WHERE l.list_id IN (?);

-- name: census-dnc
-- How many leads of each group are on a do-not-call list, each once, from the
-- lists of numbers to the leads: there are fewer of them. Those of which there is
-- more to know are told one by one instead: in a hopper, promised a callback, or
-- under a wildcard, for each of which the store repeats the last condition. It
-- puts the filter in place of the one FALSE, the delays of the other, and the place
-- in place of ''.
SELECT STRAIGHT_JOIN FALSE AS filtered, FALSE AS too_soon, '' AS place, l.list_id, l.called_since_reset, l.status, l.zone_set, l.called_count,
d.campaign_id = '' AS dnc, d.campaign_id <> '' AS campaign_dnc, COUNT(*) AS leads
FROM dnc d FORCE INDEX (dnc_campaign) JOIN leads l FORCE INDEX (leads_number) ON l.e164 = d.e164
WHERE d.campaign_id IN ('', ?) AND l.list_id IN (?)
AND (d.campaign_id = '' OR NOT EXISTS (SELECT 1 FROM dnc s WHERE s.e164 = d.e164 AND s.campaign_id = ''))
AND NOT EXISTS (SELECT 1 FROM hopper h WHERE h.lead_id = l.id)
AND NOT EXISTS (SELECT 1 FROM callbacks b WHERE b.lead_id = l.id AND b.open = 1)
AND l.e164 NOT LIKE ?
GROUP BY l.list_id, l.called_since_reset, l.status, l.zone_set, l.called_count, dnc, filtered, too_soon, place;

-- name: census-wildcards
-- All wildcards there can be are asked for by key.
SELECT e164, campaign_id FROM dnc WHERE e164 IN (?) AND campaign_id IN ('', ?);

-- name: census-under-wildcard
SELECT {{census-lead}} FROM leads l FORCE INDEX (leads_number)
WHERE l.e164 LIKE ? AND l.list_id IN (?);

-- name: census-called
-- Leads that may be dialed by their status and whose number any campaign called
-- lately.
SELECT STRAIGHT_JOIN DISTINCT {{census-lead}} FROM campaigns c
JOIN calls k FORCE INDEX (calls_campaign) ON k.campaign_id = c.id AND k.placed_at >= ?
JOIN leads l FORCE INDEX (leads_number) ON l.e164 = k.e164
WHERE l.list_id IN (?) AND l.status IN (?);

-- name: census-revoked
-- Leads whose number somebody took consent back for, whether or not it was given
-- again since.
SELECT STRAIGHT_JOIN DISTINCT {{census-lead}} FROM consents k
JOIN leads l FORCE INDEX (leads_number) ON l.e164 = k.e164
WHERE k.kind = 'revoke' AND l.list_id IN (?) AND l.status IN (?);

-- name: census-consented
-- Leads whose number somebody gave consent for, where a rule asks for it.
SELECT STRAIGHT_JOIN DISTINCT {{census-lead}} FROM consents k
JOIN leads l FORCE INDEX (leads_number) ON l.e164 = k.e164
WHERE k.kind = 'consent' AND l.list_id IN (?) AND l.status IN (?) AND l.zone_set IN (?);

-- name: census-phrased
-- Leads with a security phrase, where it may be the caller id that a rule asks
-- for.
SELECT {{census-lead}} FROM leads l FORCE INDEX (leads_dialable)
WHERE l.list_id IN (?) AND l.status IN (?) AND l.security_phrase <> '';

-- name: selection-lock
SELECT id FROM campaigns WHERE id = ? FOR UPDATE;

-- name: selection-changed
UPDATE campaigns SET changed_at = ? WHERE id = ?;

-- name: recycle-set
INSERT INTO lead_recycles (campaign_id, status, delay_s, max_attempts) VALUES (?, ?, ?, ?)
ON DUPLICATE KEY UPDATE delay_s = VALUES(delay_s), max_attempts = VALUES(max_attempts);

-- name: recycle-remove
DELETE FROM lead_recycles WHERE campaign_id = ? AND status = ?;

-- name: recycle-group-set
INSERT INTO lead_recycle_groups (campaign_id, group_id, delay_s, max_attempts) VALUES (?, ?, ?, ?)
ON DUPLICATE KEY UPDATE delay_s = VALUES(delay_s), max_attempts = VALUES(max_attempts);

-- name: recycle-group-remove
DELETE FROM lead_recycle_groups WHERE campaign_id = ? AND group_id = ?;

-- name: selection-status-groups
SELECT id, name FROM status_groups ORDER BY position, id;

-- name: filter-set
INSERT INTO lead_filters (id, conditions, changed_at) VALUES (?, ?, ?)
ON DUPLICATE KEY UPDATE conditions = VALUES(conditions), changed_at = VALUES(changed_at);

-- name: filter-matches
-- How many leads of a campaign's lists there are and pass a filter, which the
-- store puts in place of FALSE. All of them are read: for a page that somebody
-- waits for, within a time.
SELECT COUNT(*) AS leads, COALESCE(SUM(1 - f.filtered), 0) AS passed FROM (
SELECT FALSE AS filtered FROM lists li JOIN leads l ON l.list_id = li.id
WHERE li.campaign_id = ?) f;

-- name: filter-exists
SELECT id FROM lead_filters WHERE id = ?;

-- name: filter-conditions
SELECT conditions FROM lead_filters WHERE id = ? FOR UPDATE;

-- name: filter-use
UPDATE campaigns SET lead_filter = ?, changed_at = ? WHERE id = ?;

-- name: order-then-set
UPDATE campaigns SET order_then = ?, changed_at = ? WHERE id = ?;

-- name: mix-clear
DELETE FROM list_mix WHERE campaign_id = ?;

-- name: mix-add
INSERT INTO list_mix (campaign_id, n, list_id, percent, lead_order, statuses) VALUES (?, ?, ?, ?, ?, ?);

-- name: mix-method
UPDATE campaigns SET mix_method = ?, changed_at = ? WHERE id = ?;

-- name: alternates-set
UPDATE campaigns SET auto_alt = ?, auto_alt_statuses = ?, changed_at = ? WHERE id = ?;

-- name: selection-of
-- What a campaign's choice of leads goes by beside its settings.
SELECT order_then, lead_filter, mix_method, auto_alt, auto_alt_statuses, custom_caller_id, callback_release_min FROM campaigns WHERE id = ?;

-- name: selection-lists
SELECT id, name FROM lists WHERE campaign_id = ? ORDER BY id;

-- name: selection-recycles
SELECT campaign_id, status, delay_s, max_attempts FROM lead_recycles WHERE campaign_id = ? ORDER BY status;

-- name: selection-recycle-groups
-- Those of groups that are still there.
SELECT r.group_id, g.name, r.delay_s, r.max_attempts FROM lead_recycle_groups r JOIN status_groups g ON g.id = r.group_id
WHERE r.campaign_id = ? ORDER BY g.position, g.id;

-- name: selection-mix
SELECT campaign_id, n, list_id, percent, lead_order, statuses FROM list_mix WHERE campaign_id = ? ORDER BY n;

-- name: selection-filters
SELECT id, conditions FROM lead_filters ORDER BY id;

-- name: selection-others
UPDATE campaigns SET order_then = ?, auto_alt = ?, auto_alt_statuses = ?, custom_caller_id = ?, callback_release_min = ? WHERE id = ?;
