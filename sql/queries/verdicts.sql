-- name: verdict-keep
-- A verdict's id is a hash of what it hangs on: who comes second writes nothing.
INSERT INTO verdicts (id, inputs) VALUES (:id, :inputs) ON DUPLICATE KEY UPDATE id = verdicts.id;

-- name: verdict-of-call
SELECT c.id, c.e164, c.campaign_id, c.lead_id, c.placed_at, c.manual, c.status, c.verdict_id, c.verdict_rule, c.verdict_until, c.verdict_knew, c.notice_rule, c.told_at,
  COALESCE(v.inputs, '') AS inputs
FROM calls c LEFT JOIN verdicts v ON v.id = c.verdict_id WHERE c.id = ?;

-- name: rule-pack-keep
INSERT INTO rule_packs (sha256, name, version, text, seen_at) VALUES (?, ?, ?, ?, UTC_TIMESTAMP(3)) ON DUPLICATE KEY UPDATE sha256 = sha256;

-- name: rule-packs
SELECT sha256, name, version, seen_at FROM rule_packs ORDER BY seen_at, name;

-- name: lead-asked
-- A lead of a campaign's lists by its id or its number, the newest if several
-- have the number.
SELECT l.id, l.e164, l.first_name, l.last_name, l.list_id, l.status FROM leads l JOIN lists k ON k.id = l.list_id
WHERE k.campaign_id = ? AND l.id = ?
UNION
SELECT l.id, l.e164, l.first_name, l.last_name, l.list_id, l.status FROM leads l JOIN lists k ON k.id = l.list_id
WHERE k.campaign_id = ? AND l.e164 = ? ORDER BY id DESC LIMIT 1;

-- name: leads-to-judge
-- The leads of a campaign's active lists, by id, with what the calling rules ask.
SELECT l.id, l.list_id, l.status, l.e164, l.state, l.called_count, COALESCE(z.zones, '') AS zones
FROM leads l JOIN lists k ON k.id = l.list_id LEFT JOIN zone_sets z ON z.id = l.zone_set
WHERE k.campaign_id = ? AND k.active AND l.id > ? ORDER BY l.id LIMIT ?;
