-- name: host-lines
-- Calls that are up are found by the key of server and life. A host that was removed
-- has no roles.
SELECT v.id, v.name, v.web, v.telephony, v.ami_addr, v.max_trunks, v.cps, v.active, v.version, v.beat_at, v.skew_ms, v.listening, v.conf_at,
  v.sip_addr, v.weight, v.dials, v.load1, v.cores, v.channels, v.web_at, v.web_version,
  (SELECT COUNT(*) FROM calls c WHERE c.server_id = v.id AND c.live = 1) AS lines_up,
  (SELECT COUNT(*) FROM agent_sessions s WHERE s.live = 1 AND s.server_id = v.id) AS agents
FROM servers v ORDER BY v.telephony, v.name;

-- name: host-jobs
SELECT name, holder, expires_at FROM leases ORDER BY name;

-- name: server-all
SELECT id, name, max_trunks, cps, ws_url, weight, dials, active, telephony FROM servers ORDER BY name;

-- name: server-one
SELECT id, name, max_trunks, cps, ws_url, weight, dials, active, telephony FROM servers WHERE id = ?;

-- name: server-add
-- Servers join by themselves; this is never asked for.
INSERT INTO servers (name) VALUES (:name);

-- name: server-save
UPDATE servers SET max_trunks = :max_trunks, cps = :cps, ws_url = :ws_url, weight = :weight, dials = :dials, active = :active WHERE id = :id;
