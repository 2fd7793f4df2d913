-- name: server-by-name
SELECT id, name, web, telephony, ami_addr, ami_user, ami_secret, ws_url, max_trunks, cps, sip_addr, active
FROM servers WHERE name = ?;

-- name: server-alive
SELECT EXISTS (SELECT 1 FROM servers WHERE name = ? AND beat_at > TIMESTAMPADD(SECOND, -25, UTC_TIMESTAMP(3)));

-- name: servers-telephony
-- Every telephony server, whether it is up or not, and whether it takes new agents
-- or not: shifts that have begun go on.
SELECT id, name, web, telephony, ami_addr, ami_user, ami_secret, ws_url, max_trunks, cps, sip_addr, active
FROM servers WHERE telephony ORDER BY id;

-- name: server-join
-- A host says who it is and how the web role reaches its Asterisk. A host joins
-- once for each of its roles; one does not take away the other.
INSERT INTO servers (name, web, telephony, ami_addr, ami_user, ami_secret, ws_url, sip_addr)
VALUES (:name, FALSE, TRUE, :ami_addr, :ami_user, :ami_secret, :ws_url, :sip_addr)
ON DUPLICATE KEY UPDATE telephony = TRUE, ami_addr = VALUES(ami_addr),
  ami_user = VALUES(ami_user), ami_secret = VALUES(ami_secret), ws_url = VALUES(ws_url), sip_addr = VALUES(sip_addr);

-- name: server-trunk-secret
-- What the other servers say when they call this one: made once.
UPDATE servers SET sip_secret = ? WHERE id = ? AND sip_secret = '';

-- name: server-join-web
INSERT INTO servers (name, web) VALUES (?, TRUE) ON DUPLICATE KEY UPDATE web = TRUE;

-- name: server-beat
UPDATE servers SET beat_at = ?, skew_ms = ?, version = ?, load1 = ?, cores = ? WHERE id = ?;

-- name: server-listening
UPDATE servers SET listening = ?, channels = ?, listen_at = UTC_TIMESTAMP(3) WHERE id = ?;

-- name: servers-all
SELECT id, name, web, telephony, ami_addr, ami_user, ami_secret, ws_url, max_trunks, cps, sip_addr, active
FROM servers ORDER BY id;
