-- part: setting-names
-- What a copy of a campaign takes along, and what its pages of settings may
-- change: a new setting's column stands here and, if a page has it, in
-- campaign-settings-save.
dial_method, auto_alt, auto_alt_statuses, dial_level, dial_timeout_s, drop_ms, carrier_id, caller_id, amd, amd_params, voicemail, record, record_notice, hold_music, hopper_level, call_from_min, call_to_min,
  dial_statuses, safe_harbour, script_id, drop_rule, drop_percent, amd_mistaken_percent, max_level, intensity, diff_target, diff_method, available_only,
  available_count, available_below, level_one_count, level_one_below, latest_time, incall_threshold_s, debt, max_attempts, max_per_day, max_per_24h,
  max_by_state, drop_lockout_h, drop_action, in_group,
  lead_order, order_then, lead_filter, hopper_multiplier, custom_caller_id, callback_release_min, preview_s

-- name: campaign-settings
SELECT name, {{setting-names}} FROM campaigns WHERE id = ?;

-- name: campaign-settings-save
UPDATE campaigns SET name = :name, dial_method = :dial_method, dial_level = :dial_level, dial_timeout_s = :dial_timeout_s, drop_ms = :drop_ms,
  carrier_id = :carrier_id, caller_id = :caller_id, amd = :amd, voicemail = :voicemail, record = :record, record_notice = :record_notice, hold_music = :hold_music, hopper_level = :hopper_level,
  call_from_min = :call_from_min, call_to_min = :call_to_min, dial_statuses = :dial_statuses, safe_harbour = :safe_harbour, script_id = :script_id,
  drop_rule = :drop_rule, drop_percent = :drop_percent, max_level = :max_level, available_only = :available_only, intensity = :intensity, debt = :debt,
  max_attempts = :max_attempts, max_per_day = :max_per_day, max_per_24h = :max_per_24h, max_by_state = :max_by_state, drop_lockout_h = :drop_lockout_h,
  drop_action = :drop_action, in_group = :in_group,
  amd_mistaken_percent = :amd_mistaken_percent, diff_target = :diff_target, diff_method = :diff_method, available_count = :available_count,
  available_below = :available_below, level_one_count = :level_one_count, level_one_below = :level_one_below, latest_time = :latest_time,
  incall_threshold_s = :incall_threshold_s,
  lead_order = :lead_order, preview_s = :preview_s,
  changed_at = UTC_TIMESTAMP(3)
WHERE id = :id;

-- name: campaign-add
INSERT INTO campaigns (id, name, carrier_id, changed_at) VALUES (?, ?, ?, UTC_TIMESTAMP(3));

-- name: campaign-copy
INSERT INTO campaigns (id, name, active, changed_at, {{setting-names}})
SELECT ?, ?, FALSE, UTC_TIMESTAMP(3), {{setting-names}} FROM campaigns WHERE id = ?;

-- name: campaign-copy-pausecodes
INSERT INTO pause_codes (campaign_id, code, name, position)
SELECT ?, p.code, p.name, p.position FROM pause_codes p WHERE p.campaign_id = ?;

-- name: campaign-copy-recycles
INSERT INTO lead_recycles (campaign_id, status, delay_s, max_attempts)
SELECT ?, r.status, r.delay_s, r.max_attempts FROM lead_recycles r WHERE r.campaign_id = ?;

-- name: campaign-copy-recycle-groups
INSERT INTO lead_recycle_groups (campaign_id, group_id, delay_s, max_attempts)
SELECT ?, r.group_id, r.delay_s, r.max_attempts FROM lead_recycle_groups r WHERE r.campaign_id = ?;

-- name: campaign-archive
-- A campaign that dials is stopped first.
UPDATE campaigns SET archived = ?, active = FALSE, changed_at = UTC_TIMESTAMP(3) WHERE id = ?;

-- name: campaign-archived
SELECT archived FROM campaigns WHERE id = ? FOR UPDATE;

-- name: campaign-agents-on-shift
SELECT COUNT(*) FROM agent_sessions WHERE campaign_id = ? AND live = 1;

-- name: campaign-lists-free
-- Lists, and whose they are now.
SELECT l.id, l.name, l.campaign_id, c.name AS campaign_name, c.active AS dialing
FROM lists l JOIN campaigns c ON c.id = l.campaign_id ORDER BY c.active, l.id DESC LIMIT 200;

-- name: campaign-lists-sizes
SELECT k.list_id, COUNT(*) AS leads FROM leads k FORCE INDEX (leads_dialable) GROUP BY k.list_id;

-- name: campaign-take-list
UPDATE lists SET campaign_id = ? WHERE id = ?;

-- name: campaign-list-lock
SELECT campaign_id FROM lists WHERE id = ? FOR UPDATE;

-- name: campaign-group-lock
SELECT campaigns FROM user_groups WHERE id = ? FOR UPDATE;

-- name: campaign-group-add
UPDATE user_groups SET campaigns = ?, changed_at = UTC_TIMESTAMP(3) WHERE id = ?;

-- name: campaign-carriers
SELECT id, name, active FROM carriers ORDER BY active DESC, name;
