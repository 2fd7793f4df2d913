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
-- All leads of a list with what the calling rules ask, and whether anything is
-- known of the number: it was called since the given time, its owner said
-- something, or it stands on a do-not-call list, by itself or by its wildcard.
-- One statement for a list of any length, whose rows are taken as they come: each
-- that began anew behind the last one's end would look for its place again.
SELECT l.id, l.e164, l.state, l.zone_set, l.called_count, l.security_phrase,
  EXISTS (SELECT 1 FROM calls c WHERE c.e164 = l.e164 AND c.placed_at >= ?)
  OR EXISTS (SELECT 1 FROM consents s WHERE s.e164 = l.e164)
  OR EXISTS (SELECT 1 FROM dnc d WHERE d.e164 = l.e164 AND d.campaign_id IN ('', ?))
  OR EXISTS (SELECT 1 FROM dnc w WHERE w.e164 = CONCAT(LEFT(l.e164, 5), '*') AND w.campaign_id IN ('', ?)) AS known
FROM leads l FORCE INDEX (leads_dialable) WHERE l.list_id = ?;
