-- name: keepalive-edition
-- One small answer that changes with every change of phones, of the carriers, of
-- the ways between servers or of the sounds: asked every 2 s by each telephony
-- server, so that nothing in it grows with the agents. Versions before 0990 count no
-- change of a phone; what they set up is the newest there is, and read by its index.
SELECT COALESCE((SELECT changes FROM phone_changes WHERE id = 1), 0) AS phones,
  COALESCE((SELECT MAX(changed_at) FROM phones), CAST('1970-01-01 00:00:00.000' AS DATETIME(3))) AS phones_at, c.carriers, c.carriers_at, v.peers, m.music
FROM (SELECT COUNT(*) AS carriers, COALESCE(MAX(changed_at), CAST('1970-01-01 00:00:00.000' AS DATETIME(3))) AS carriers_at
      FROM carriers) c
JOIN (SELECT COALESCE(BIT_XOR(CRC32(CONCAT_WS(' ', id, sip_addr, sip_secret))), 0) AS peers FROM servers WHERE telephony AND sip_addr <> '') v ON TRUE
JOIN (SELECT COALESCE(BIT_XOR(CRC32(id)), 0) AS music FROM sounds) m ON TRUE;

-- name: keepalive-peers
-- The servers between whose Asterisks calls cross.
SELECT id, sip_addr, sip_secret FROM servers WHERE telephony AND sip_addr <> '' AND sip_secret <> '' ORDER BY id;

-- name: keepalive-phones
SELECT id, server_id, user_id, login, secret, kind, contact FROM phones WHERE server_id = ? ORDER BY login;

-- name: keepalive-carriers
SELECT id, name, host, port, dial_prefix, active, auth_user, auth_secret, registers, from_user FROM carriers WHERE active ORDER BY name;

-- name: keepalive-registered
-- When it began to be so stays.
INSERT INTO carrier_registrations (server_id, carrier_id, state, since)
SELECT ?, c.id, ?, UTC_TIMESTAMP(3) FROM carriers c WHERE c.name = ?
ON DUPLICATE KEY UPDATE since = IF(state = VALUES(state), since, VALUES(since)), state = VALUES(state);

-- name: keepalive-unregistered
DELETE FROM carrier_registrations WHERE server_id = ? AND carrier_id NOT IN (SELECT id FROM carriers WHERE name IN (?));

-- name: keepalive-written
UPDATE servers SET conf_at = UTC_TIMESTAMP(3) WHERE id = ?;
