-- part: list-settings
SELECT id, name, description, campaign_id, active, COALESCE(DATE_FORMAT(expires_on, '%Y-%m-%d'), '') AS expires_on, reset_times, reset_limit, caller_id, call_time_id,
  IF(call_from_min IS NULL, '', CONCAT(LPAD(call_from_min DIV 60, 2, '0'), ':', LPAD(call_from_min MOD 60, 2, '0'), '-',
    LPAD(call_to_min DIV 60, 2, '0'), ':', LPAD(call_to_min MOD 60, 2, '0'))) AS hours
FROM lists

-- name: list-all
{{list-settings}}
ORDER BY id;

-- name: list-one
{{list-settings}}
WHERE id = ?;

-- name: list-add
INSERT INTO lists (id, name, description, campaign_id, active, expires_on, reset_times, reset_limit, caller_id, call_time_id, call_from_min, call_to_min, created_at, changed_at)
VALUES (:id, :name, :description, :campaign_id, :active, NULLIF(:expires_on, ''), :reset_times, :reset_limit, :caller_id, :call_time_id,
  IF(:hours = '', NULL, LEFT(:hours, 2) * 60 + SUBSTRING(:hours, 4, 2)), IF(:hours = '', NULL, SUBSTRING(:hours, 7, 2) * 60 + SUBSTRING(:hours, 10, 2)),
  UTC_TIMESTAMP(3), UTC_TIMESTAMP(3));

-- name: list-save
UPDATE lists SET name = :name, description = :description, campaign_id = :campaign_id, active = :active, expires_on = NULLIF(:expires_on, ''),
  reset_times = :reset_times, reset_limit = :reset_limit, caller_id = :caller_id, call_time_id = :call_time_id,
  call_from_min = IF(:hours = '', NULL, LEFT(:hours, 2) * 60 + SUBSTRING(:hours, 4, 2)),
  call_to_min = IF(:hours = '', NULL, SUBSTRING(:hours, 7, 2) * 60 + SUBSTRING(:hours, 10, 2)), changed_at = UTC_TIMESTAMP(3)
WHERE id = :id;

-- name: list-delete
DELETE FROM lists WHERE id = ?;

-- name: list-used
-- A list with leads is not deleted: they would be nobody's.
SELECT CONCAT('lead ', l.id) FROM leads l WHERE l.list_id = ? ORDER BY l.id LIMIT 1;

-- name: list-statuses
-- By the index alone: the leads of each status, and how many of them were not
-- called since the list's reset.
SELECT l.status, COALESCE(t.name, l.status) AS name, SUM(l.n) AS leads, SUM(IF(l.called_since_reset = 0, l.n, 0)) AS fresh
FROM (SELECT status, called_since_reset, COUNT(*) AS n FROM leads FORCE INDEX (leads_dialable) WHERE list_id = ?
  GROUP BY called_since_reset, status) l
LEFT JOIN statuses t ON t.status = l.status
GROUP BY l.status, t.name ORDER BY leads DESC, l.status;

-- name: customfield-all
SELECT id, list_id, name, label, type, options, required, position FROM custom_fields ORDER BY list_id, position, id;

-- name: customfield-one
SELECT id, list_id, name, label, type, options, required, position FROM custom_fields WHERE id = ?;

-- name: custom-field-names
SELECT DISTINCT name FROM custom_fields ORDER BY name;

-- name: customfield-add
INSERT INTO custom_fields (list_id, name, label, type, options, required, position)
VALUES (:list_id, :name, :label, :type, :options, :required, :position);

-- name: customfield-save
UPDATE custom_fields SET label = :label, type = :type, options = :options, required = :required, position = :position WHERE id = :id;

-- name: customfield-delete
DELETE FROM custom_fields WHERE id = ?;

-- name: reset-lock-list
SELECT id, reset_limit FROM lists WHERE id = ? FOR UPDATE;

-- name: reset-since
-- How many resets a list has seen since the day began.
SELECT COUNT(*) FROM list_resets WHERE list_id = ? AND started_at >= ?;

-- name: reset-add
INSERT INTO list_resets (list_id, open, user_id, source, started_at) VALUES (?, 1, ?, ?, ?);

-- name: reset-mark
UPDATE lists SET reset_at = ? WHERE id = ?;

-- name: resets-open
SELECT id, list_id, user_id, source, leads, started_at, done_at FROM list_resets WHERE open = 1 ORDER BY id;

-- name: resets-of-list
SELECT id, list_id, user_id, source, leads, started_at, done_at FROM list_resets WHERE list_id = ? ORDER BY id DESC LIMIT ?;

-- name: reset-find
-- Leads called since the list's last reset and before this one began. What is
-- called while the reset is under way stays called.
SELECT id FROM leads FORCE INDEX (leads_dialable) WHERE list_id = ? AND called_since_reset > 0 AND last_called_at < ? LIMIT ?;

-- name: reset-leads
UPDATE leads SET called_since_reset = 0 WHERE id IN (?) AND called_since_reset > 0 AND last_called_at < ?;

-- name: reset-count
UPDATE list_resets SET leads = leads + ? WHERE id = ? AND open = 1;

-- name: reset-done
UPDATE list_resets SET open = NULL, done_at = ? WHERE id = ? AND open = 1;

-- name: lists-timed
SELECT id, reset_times, reset_at, changed_at FROM lists WHERE active AND reset_times <> '' ORDER BY id;

-- name: list-move-find
SELECT id FROM leads FORCE INDEX (leads_dialable) WHERE list_id = ? AND status = ? AND called_since_reset BETWEEN ? AND ? LIMIT ?;

-- name: list-move-leads
UPDATE leads SET list_id = ?, changed_at = UTC_TIMESTAMP(3) WHERE id IN (?) AND list_id = ?;

-- name: list-move-hopper
DELETE FROM hopper WHERE lead_id IN (?) AND claim IS NULL;

-- name: leads-delete-find
-- The next leads of a list and a status that may be deleted, from the beginning of
-- their range. Those that are being called, or claimed for a call, stay.
SELECT l.id FROM leads l FORCE INDEX (leads_dialable) LEFT JOIN hopper h ON h.lead_id = l.id AND h.claim IS NOT NULL
WHERE l.list_id = ? AND l.called_since_reset BETWEEN 0 AND 65535 AND l.status = ? AND h.lead_id IS NULL LIMIT ?;

-- name: leads-delete
DELETE FROM leads WHERE id IN (?) AND list_id = ? AND status NOT IN ('QUEUE', 'INCALL');

-- name: leads-delete-one
SELECT id, list_id, status FROM leads WHERE id = ? FOR UPDATE;

-- name: leads-delete-callbacks
-- Nobody is left to be called back.
UPDATE callbacks SET open = NULL, state = 'DEAD', changed_at = ? WHERE lead_id IN (?) AND open = 1;

-- name: leads-export
-- The next leads of a list, by the primary key of those of its index.
SELECT {{lead-columns}}, l.created_at, l.verified_zone, COALESCE(c.vals, '') AS custom
FROM leads l LEFT JOIN zone_sets z ON z.id = l.zone_set LEFT JOIN lead_custom c ON c.lead_id = l.id
WHERE l.list_id = ? AND l.id > ? AND (? = '' OR l.status = ?) ORDER BY l.id LIMIT ?;
