-- name: server-by-name
SELECT id, name, web, telephony, ami_addr, ami_user, ami_secret, ws_url, max_trunks, cps, sip_addr, active
FROM servers WHERE name = ?;

-- name: server-alive
SELECT EXISTS (SELECT 1 FROM servers WHERE name = ? AND GREATEST(COALESCE(beat_at, '1970-01-01'), COALESCE(web_at, '1970-01-01')) > TIMESTAMPADD(SECOND, -25, UTC_TIMESTAMP(3)));

-- name: servers-telephony
-- Every telephony server, whether it is up or not, and whether it takes new agents
-- or not: shifts that have begun go on.
SELECT id, name, web, telephony, ami_addr, ami_user, ami_secret, ws_url, max_trunks, cps, sip_addr, active
FROM servers WHERE telephony ORDER BY id;

-- name: server-join
-- A host says who it is and how the web role reaches its Asterisk. It joins once for
-- each of its roles; a web role that it had, and by its configuration has no more, is
-- taken off. (That its pages go on elsewhere costs nothing. A telephony role is never
-- taken off like this: calls may stand in its books. See server-remove.)
INSERT INTO servers (name, web, telephony, ami_addr, ami_user, ami_secret, ws_url, sip_addr)
VALUES (:name, :web, TRUE, :ami_addr, :ami_user, :ami_secret, :ws_url, :sip_addr)
ON DUPLICATE KEY UPDATE web = VALUES(web), telephony = TRUE, ami_addr = VALUES(ami_addr),
  ami_user = VALUES(ami_user), ami_secret = VALUES(ami_secret), ws_url = VALUES(ws_url), sip_addr = VALUES(sip_addr);

-- name: server-trunk-secret
-- What the other servers say when they call this one: made once.
UPDATE servers SET sip_secret = ? WHERE id = ? AND sip_secret = '';

-- name: server-join-web
INSERT INTO servers (name, web) VALUES (?, TRUE) ON DUPLICATE KEY UPDATE web = TRUE;

-- name: server-beat
-- One that was removed meanwhile is not found: it has to join again.
UPDATE servers SET beat_at = ?, skew_ms = ?, version = ?, load1 = ?, cores = ? WHERE id = ? AND telephony;

-- name: server-web-beat
-- The host's own figures are keepalive's to write where there is one.
UPDATE servers SET web_at = ?, web_version = ?, skew_ms = IF(telephony, skew_ms, ?), load1 = IF(telephony, load1, ?), cores = IF(telephony, cores, ?)
WHERE id = ? AND web;

-- name: server-listening
UPDATE servers SET listening = ?, channels = ?, listen_at = UTC_TIMESTAMP(3) WHERE id = ?;

-- name: servers-all
SELECT id, name, web, telephony, ami_addr, ami_user, ami_secret, ws_url, max_trunks, cps, sip_addr, active
FROM servers ORDER BY id;

-- name: server-lock
-- A host for whoever removes it. A role is at work until it has been silent for as long
-- as the other servers take to call it dead (keepalive's Estate).
SELECT id, name, web, telephony, COALESCE(web AND web_at > TIMESTAMPADD(SECOND, -25, UTC_TIMESTAMP(3)), FALSE) AS web_works,
  COALESCE(telephony AND beat_at > TIMESTAMPADD(SECOND, -25, UTC_TIMESTAMP(3)), FALSE)
    OR COALESCE(telephony AND listen_at > TIMESTAMPADD(SECOND, -25, UTC_TIMESTAMP(3)), FALSE) AS telephony_works
FROM servers WHERE name = ? FOR UPDATE;

-- name: server-in-use
-- What stands in a telephony server's books, or is set up on it alone. Calls that are
-- up are found by the key of server and life.
SELECT (SELECT COUNT(*) FROM servers v JOIN calls c ON c.server_id = v.id AND c.live = 1 WHERE c.server_id = s.id OR c.line_server_id = s.id) AS calls,
  (SELECT COUNT(*) FROM agent_sessions a WHERE a.live = 1 AND a.server_id = s.id) AS shifts,
  (SELECT COUNT(*) FROM phones p WHERE p.server_id = s.id AND p.kind <> 'webrtc') AS phones,
  (SELECT COALESCE(MIN(p.login), '') FROM phones p WHERE p.server_id = s.id AND p.kind <> 'webrtc') AS phone,
  EXISTS (SELECT 1 FROM servers o WHERE o.telephony AND o.id <> s.id AND o.beat_at > TIMESTAMPADD(SECOND, -25, UTC_TIMESTAMP(3))) AS heirs
FROM servers s WHERE s.id = ?;

-- name: server-remove
-- The row stays: calls and reports name it. Without a role nothing asks it for anything;
-- whoever joins under its name has it again, as a new host would, with secrets of its own.
UPDATE servers SET active = TRUE, dials = TRUE, listening = FALSE, channels = 0, ami_secret = '', sip_secret = '', telephony = FALSE WHERE id = ?;

-- name: server-remove-web
UPDATE servers SET web = FALSE WHERE id = ?;

-- name: server-remove-registrations
DELETE FROM carrier_registrations WHERE server_id = ?;
