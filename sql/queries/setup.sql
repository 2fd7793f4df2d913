-- name: group-all
SELECT g.id, g.name, g.campaigns, (SELECT COUNT(*) FROM users u WHERE u.user_group = g.id) AS people FROM user_groups g ORDER BY g.id;

-- name: group-one
SELECT g.id, g.name, g.campaigns, 0 AS people FROM user_groups g WHERE g.id = ?;

-- name: group-add
INSERT INTO user_groups (id, name, campaigns, changed_at) VALUES (:id, :name, :campaigns, UTC_TIMESTAMP(3));

-- name: group-save
UPDATE user_groups SET name = :name, campaigns = :campaigns, changed_at = UTC_TIMESTAMP(3) WHERE id = :id;

-- name: group-used
SELECT username FROM users WHERE user_group = ? ORDER BY username LIMIT 5;

-- name: group-delete
DELETE FROM user_groups WHERE id = ?;

-- name: carrier-all
SELECT c.id, c.name, c.host, c.port, c.dial_prefix, c.active, c.auth_user, c.registers, c.from_user, c.auth_secret <> '' AS has_secret,
  COALESCE((SELECT GROUP_CONCAT(CONCAT(r.state, ' ', v.name) ORDER BY v.name SEPARATOR ', ')
    FROM carrier_registrations r JOIN servers v ON v.id = r.server_id WHERE r.carrier_id = c.id AND c.active AND c.registers), '') AS registered,
  COALESCE((SELECT GROUP_CONCAT(k.id ORDER BY k.id SEPARATOR ', ') FROM campaigns k WHERE k.carrier_id = c.id), '') AS used_by
FROM carriers c ORDER BY c.name;

-- name: carrier-one
SELECT c.id, c.name, c.host, c.port, c.dial_prefix, c.active, c.auth_user, c.registers, c.from_user, c.auth_secret <> '' AS has_secret, '' AS used_by FROM carriers c WHERE c.id = ?;

-- name: carrier-add
INSERT INTO carriers (name, host, port, dial_prefix, active, auth_user, auth_secret, registers, from_user, changed_at)
VALUES (:name, :host, :port, :dial_prefix, :active, :auth_user, :auth_secret, :registers, :from_user, UTC_TIMESTAMP(3));

-- name: carrier-save
UPDATE carriers SET name = :name, host = :host, port = :port, dial_prefix = :dial_prefix, active = :active,
  auth_user = :auth_user, registers = :registers, from_user = :from_user, changed_at = UTC_TIMESTAMP(3)
WHERE id = :id;

-- name: carrier-lock
SELECT auth_secret FROM carriers WHERE id = ? FOR UPDATE;

-- name: carrier-secret
UPDATE carriers SET auth_secret = ?, changed_at = UTC_TIMESTAMP(3) WHERE id = ?;

-- name: carrier-registrations
SELECT v.name AS server, r.state, r.since FROM carrier_registrations r JOIN servers v ON v.id = r.server_id WHERE r.carrier_id = ? ORDER BY v.name;

-- name: phone-places
-- From where phones come: browsers whose users have one there and were seen
-- within a day, and those at fixed addresses.
SELECT '' AS contact, w.ip AS host, MIN(u.username) AS one, COUNT(DISTINCT w.user_id) AS users
FROM web_sessions w JOIN users u ON u.id = w.user_id JOIN phones p ON p.user_id = w.user_id AND p.kind = 'webrtc'
WHERE w.expires_at > ? AND w.seen_at > ? AND w.ip <> '' GROUP BY w.ip
UNION ALL SELECT contact, '', login, 1 FROM phones WHERE kind = 'static' AND contact <> '';

-- name: carrier-used
SELECT id FROM campaigns WHERE carrier_id = ? ORDER BY id LIMIT 5;

-- name: carrier-delete
DELETE FROM carriers WHERE id = ?;

-- name: carrier-own-outcomes
SELECT kind, code, status FROM carrier_outcomes WHERE carrier_id = ? ORDER BY kind DESC, code;

-- name: carrier-own-outcomes-clear
DELETE FROM carrier_outcomes WHERE carrier_id = ?;

-- name: carrier-own-outcomes-add
INSERT INTO carrier_outcomes (carrier_id, kind, code, status) VALUES (?, ?, ?, ?);

-- name: phone-all
-- Browsers' phones on a server that was removed wait for its coming back.
SELECT p.id, p.server_id, p.user_id, p.login, p.kind, p.contact, v.name AS server_name, COALESCE(u.username, '') AS username
FROM phones p JOIN servers v ON v.id = p.server_id AND v.telephony LEFT JOIN users u ON u.id = p.user_id ORDER BY p.login;

-- name: phone-one
SELECT p.id, p.server_id, p.user_id, p.login, p.kind, p.contact, p.secret FROM phones p WHERE p.id = ?;

-- name: phone-add
INSERT INTO phones (server_id, user_id, login, secret, kind, contact, changed_at)
VALUES (:server_id, :user_id, :login, :secret, :kind, :contact, UTC_TIMESTAMP(3));

-- name: phone-save
UPDATE phones SET server_id = :server_id, user_id = :user_id, login = :login, kind = :kind, contact = :contact, changed_at = UTC_TIMESTAMP(3)
WHERE id = :id;

-- name: phone-used
-- Who is on shift with it now.
SELECT u.username FROM agent_sessions s JOIN users u ON u.id = s.user_id WHERE s.phone_id = ? AND s.live = 1 LIMIT 5;

-- name: phone-delete
DELETE FROM phones WHERE id = ?;

-- name: status-all
SELECT s.status, s.name, s.group_id, COALESCE(g.name, '') AS group_name, COALESCE(g.position, 0) AS group_position, s.position, s.hotkey, s.selectable, s.human, s.sale, s.dnc, s.built_in
FROM statuses s LEFT JOIN status_groups g ON g.id = s.group_id ORDER BY s.selectable DESC, s.position, s.status;

-- name: status-one
SELECT status, name, group_id, position, hotkey, selectable, human, sale, dnc, built_in FROM statuses WHERE status = ?;

-- name: status-add
INSERT INTO statuses (status, name, group_id, position, hotkey, selectable, human, sale, dnc)
VALUES (:status, :name, :group_id, :position, :hotkey, :selectable, :human, :sale, :dnc);

-- name: status-save
UPDATE statuses SET name = :name, group_id = :group_id, position = :position, hotkey = :hotkey, selectable = :selectable, human = :human, sale = :sale, dnc = :dnc
WHERE status = :status;

-- name: status-used
-- Campaigns that dial leads of the status again.
SELECT id FROM campaigns WHERE CONCAT(' ', dial_statuses, ' ') LIKE CONCAT('% ', ?, ' %') ORDER BY id LIMIT 5;

-- name: status-called
-- Whether ended calls have it: those of whole days, and of the quarters since.
SELECT EXISTS (SELECT 1 FROM campaigns c JOIN call_sums s ON s.campaign_id = c.id AND s.span = 2 WHERE s.status = ?)
  OR EXISTS (SELECT 1 FROM campaigns c JOIN call_sums s ON s.campaign_id = c.id AND s.span = 0 AND s.at >= (SELECT days_to FROM report_state WHERE id = 1) WHERE s.status = ?);

-- name: status-delete
DELETE FROM statuses WHERE status = ? AND NOT built_in;

-- name: statusgroup-all
SELECT g.id, g.name, g.position, (SELECT COUNT(*) FROM statuses s WHERE s.group_id = g.id) AS statuses FROM status_groups g ORDER BY g.position, g.id;

-- name: statusgroup-one
SELECT id, name, position FROM status_groups WHERE id = ?;

-- name: statusgroup-add
INSERT INTO status_groups (name, position) VALUES (:name, :position);

-- name: statusgroup-save
UPDATE status_groups SET name = :name, position = :position WHERE id = :id;

-- name: statusgroup-used
-- Statuses that are in it.
SELECT status FROM statuses WHERE group_id = ? ORDER BY status LIMIT 5;

-- name: statusgroup-delete
DELETE FROM status_groups WHERE id = ?;

-- name: pausecode-all
SELECT campaign_id, code, name, position FROM pause_codes ORDER BY campaign_id, position, code;

-- name: pausecode-one
-- The key is the code and, behind a dot, the campaign.
SELECT campaign_id, code, name, position FROM pause_codes WHERE CONCAT(code, '.', campaign_id) = ?;

-- name: pausecode-add
INSERT INTO pause_codes (campaign_id, code, name, position) VALUES (:campaign_id, :code, :name, :position);

-- name: pausecode-save
UPDATE pause_codes SET name = :name, position = :position WHERE campaign_id = :campaign_id AND code = :code;

-- name: pausecode-delete
DELETE FROM pause_codes WHERE CONCAT(code, '.', campaign_id) = ?;

-- name: script-all
SELECT id, name, campaign_id, body FROM scripts ORDER BY id;

-- name: script-one
SELECT id, name, campaign_id, body FROM scripts WHERE id = ?;

-- name: script-add
INSERT INTO scripts (id, name, campaign_id, body, changed_at) VALUES (:id, :name, :campaign_id, :body, UTC_TIMESTAMP(3));

-- name: script-save
UPDATE scripts SET name = :name, campaign_id = :campaign_id, body = :body, changed_at = UTC_TIMESTAMP(3) WHERE id = :id;

-- name: script-used
SELECT id FROM campaigns WHERE script_id = ? ORDER BY id LIMIT 5;

-- name: script-delete
DELETE FROM scripts WHERE id = ?;

-- name: webform-all
SELECT id, name, campaign_id, url, by_itself, position FROM web_forms ORDER BY position, id;

-- name: webform-one
SELECT id, name, campaign_id, url, by_itself, position FROM web_forms WHERE id = ?;

-- name: webform-add
INSERT INTO web_forms (id, name, campaign_id, url, by_itself, position, changed_at) VALUES (:id, :name, :campaign_id, :url, :by_itself, :position, UTC_TIMESTAMP(3));

-- name: webform-save
UPDATE web_forms SET name = :name, campaign_id = :campaign_id, url = :url, by_itself = :by_itself, position = :position, changed_at = UTC_TIMESTAMP(3) WHERE id = :id;

-- name: webform-delete
DELETE FROM web_forms WHERE id = ?;

-- name: preset-all
SELECT id, campaign_id, name, e164, position FROM transfer_presets ORDER BY campaign_id, position, id;

-- name: preset-one
SELECT id, campaign_id, name, e164, position FROM transfer_presets WHERE id = ?;

-- name: preset-add
INSERT INTO transfer_presets (campaign_id, name, e164, position) VALUES (:campaign_id, :name, :e164, :position);

-- name: preset-save
UPDATE transfer_presets SET campaign_id = :campaign_id, name = :name, e164 = :e164, position = :position WHERE id = :id;

-- name: preset-delete
DELETE FROM transfer_presets WHERE id = ?;
