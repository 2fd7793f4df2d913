-- name: database-version
SELECT VERSION();

-- name: database-grants
SHOW GRANTS FOR CURRENT_USER;

-- name: database-room
-- What bounds the server: connections, and the memory for InnoDB's pages.
SELECT @@max_connections AS max_connections, @@innodb_buffer_pool_size AS buffer_pool;

-- name: servers-versions
-- The hosts that live, with the version each of their roles runs.
SELECT name, version FROM servers WHERE beat_at > TIMESTAMPADD(SECOND, -30, UTC_TIMESTAMP(3))
UNION SELECT name, web_version FROM servers WHERE web_at > TIMESTAMPADD(SECOND, -30, UTC_TIMESTAMP(3)) ORDER BY name;

-- name: servers-silent
-- The roles that have stopped beating, and since when. Nothing is asked of a host that
-- was switched off to leave; an older version's web role never beats.
SELECT name, 'telephony' AS role, TIMESTAMPDIFF(SECOND, beat_at, UTC_TIMESTAMP(3)) AS seconds FROM servers
WHERE telephony AND (active OR dials) AND beat_at < TIMESTAMPADD(SECOND, -25, UTC_TIMESTAMP(3))
UNION ALL SELECT name, 'web', TIMESTAMPDIFF(SECOND, web_at, UTC_TIMESTAMP(3)) FROM servers
WHERE web AND web_at < TIMESTAMPADD(SECOND, -25, UTC_TIMESTAMP(3)) ORDER BY name, role;

-- name: sample-put
INSERT INTO samples (server_id, at, cpu, memory, disk_free, disk_size, lines_up, agents, calls, cps, db_questions, db_running, db_connections, db_bound, db_bytes)
VALUES (:server_id, :at, :cpu, :memory, :disk_free, :disk_size, :lines_up, :agents, :calls, :cps, :db_questions, :db_running, :db_connections, :db_bound, :db_bytes)
ON DUPLICATE KEY UPDATE cpu = VALUES(cpu), memory = VALUES(memory), disk_free = VALUES(disk_free), disk_size = VALUES(disk_size),
  lines_up = VALUES(lines_up), agents = VALUES(agents), calls = VALUES(calls), cps = VALUES(cps), db_questions = VALUES(db_questions),
  db_running = VALUES(db_running), db_connections = VALUES(db_connections), db_bound = VALUES(db_bound), db_bytes = VALUES(db_bytes);

-- name: sample-floor
-- Calls that are up are found by the key of server and life; those placed in a
-- few seconds are a range of the primary key, since ids hold the time.
SELECT
  (SELECT COUNT(*) FROM calls c WHERE c.server_id = ? AND c.live = 1) AS lines_up,
  (SELECT COUNT(*) FROM agent_sessions s WHERE s.live = 1 AND s.server_id = ?) AS agents,
  (SELECT COUNT(*) FROM calls p WHERE p.id >= ? AND p.id < ? AND p.server_id = ?) AS placed;

-- name: sample-database
SHOW GLOBAL STATUS WHERE Variable_name IN ('Questions', 'Threads_running', 'Threads_connected');

-- name: sample-bytes
SELECT COALESCE(SUM(data_length + index_length), 0) AS bytes FROM information_schema.tables WHERE table_schema = DATABASE();

-- name: samples-between
SELECT server_id, at, cpu, memory, disk_free, disk_size, lines_up, agents, calls, cps, db_questions, db_running, db_connections, db_bound, db_bytes
FROM samples WHERE at >= ? AND at < ? ORDER BY at, server_id;

-- name: retention-rules
SELECT what, campaign_id, days FROM retention ORDER BY what, campaign_id;

-- name: retention-set
INSERT INTO retention (what, campaign_id, days, changed_at) VALUES (?, ?, ?, ?)
ON DUPLICATE KEY UPDATE days = VALUES(days), changed_at = VALUES(changed_at);

-- name: retention-unset
DELETE FROM retention WHERE what = ? AND campaign_id = ?;

-- name: recordings-expired
-- The campaign's own rule, else that of all. The oldest of a server that are there
-- come first by the key, and none younger than a day can be meant.
SELECT {{expired-columns}} AND r.server_id = ? AND r.started_at < TIMESTAMPADD(DAY, -1, ?)
  AND r.started_at < TIMESTAMPADD(DAY, -CAST(COALESCE(o.days, a.days) AS SIGNED), ?)
ORDER BY r.started_at LIMIT ?;

-- name: recordings-would-expire
-- What a rule would delete at once: by campaign, or of all that have no own rule.
SELECT COUNT(*) AS n, COALESCE(SUM(r.bytes), 0) AS bytes, MIN(r.started_at) AS oldest FROM recordings r JOIN calls c ON c.id = r.call_id
LEFT JOIN retention o ON o.what = 'recordings' AND o.campaign_id = c.campaign_id
LEFT JOIN recording_holds h ON h.call_id = r.call_id
WHERE r.state = 'DONE' AND h.call_id IS NULL AND r.started_at < ? AND (c.campaign_id = ? OR ? = '' AND o.days IS NULL);

-- name: calls-would-expire
SELECT COUNT(*) AS n, 0 AS bytes, MIN(placed_at) AS oldest FROM calls WHERE id < ? AND live IS NULL
  AND NOT EXISTS (SELECT 1 FROM recordings r WHERE r.call_id = calls.id AND r.state IN ('WRITING', 'DONE'))
  AND NOT EXISTS (SELECT 1 FROM recording_holds h WHERE h.call_id = calls.id);

-- name: agent-log-would-expire
SELECT COUNT(*) AS n, 0 AS bytes, MIN(to_at) AS oldest FROM agent_log WHERE to_at < ?;

-- name: samples-would-expire
SELECT COUNT(*) AS n, 0 AS bytes, MIN(at) AS oldest FROM samples WHERE at < ?;

-- part: expired-columns
r.call_id, r.file, r.started_at
FROM recordings r JOIN calls c ON c.id = r.call_id
LEFT JOIN retention o ON o.what = 'recordings' AND o.campaign_id = c.campaign_id
LEFT JOIN retention a ON a.what = 'recordings' AND a.campaign_id = ''
LEFT JOIN recording_holds h ON h.call_id = r.call_id
WHERE r.state = 'DONE' AND h.call_id IS NULL AND COALESCE(o.days, a.days, 0) > 0

-- name: recordings-held
SELECT call_id FROM recording_holds WHERE call_id IN (?);

-- name: recording-gone
UPDATE recordings SET state = 'DELETED', deleted_at = ? WHERE call_id = ? AND file = ? AND state = 'DONE';

-- name: recording-hold
INSERT INTO recording_holds (call_id, reason, by_, at)
SELECT c.id, ?, ?, ? FROM calls c WHERE c.id = ?
ON DUPLICATE KEY UPDATE reason = VALUES(reason), by_ = VALUES(by_), at = VALUES(at);

-- name: recording-release
DELETE FROM recording_holds WHERE call_id = ?;

-- name: recording-holds
SELECT call_id, reason, by_, at FROM recording_holds ORDER BY at, call_id;

-- name: retention-delete-calls
-- Ids hold the time. A call whose recording is there, or on hold, stays with it.
DELETE FROM calls WHERE id < ? AND live IS NULL
  AND NOT EXISTS (SELECT 1 FROM recordings r WHERE r.call_id = calls.id AND r.state IN ('WRITING', 'DONE'))
  AND NOT EXISTS (SELECT 1 FROM recording_holds h WHERE h.call_id = calls.id)
LIMIT ?;

-- name: retention-oldest-agent-log
SELECT id FROM agent_log ORDER BY id LIMIT ?;

-- name: retention-delete-agent-log
DELETE FROM agent_log WHERE to_at < ? AND id IN (?);

-- name: retention-delete-samples
DELETE FROM samples WHERE at < ? ORDER BY at LIMIT ?;

-- name: dump-tables
-- Every table of ours with the number that its next row would get.
SELECT table_name AS name, COALESCE(auto_increment, 0) AS next_id FROM information_schema.tables
WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' AND table_name NOT LIKE 'goose%' ORDER BY table_name;

-- name: dump-columns
SELECT table_name AS name, column_name AS col FROM information_schema.columns
WHERE table_schema = DATABASE() AND COALESCE(generation_expression, '') = '' ORDER BY table_name, ordinal_position;

-- name: dump-versions
SELECT version_id FROM goose_db_version WHERE is_applied AND version_id > 0 GROUP BY version_id ORDER BY MIN(id);

-- name: dump-recordings
-- The files that are complete, the oldest first.
SELECT v.name AS server, r.file, r.bytes, r.sha256 FROM recordings r JOIN servers v ON v.id = r.server_id
WHERE r.state = 'DONE' ORDER BY r.started_at, r.call_id, r.file;

-- name: dump-alive
-- The hosts that were seen in the last seconds.
SELECT name FROM servers WHERE beat_at > TIMESTAMPADD(SECOND, -15, UTC_TIMESTAMP(3)) OR web_at > TIMESTAMPADD(SECOND, -15, UTC_TIMESTAMP(3)) ORDER BY name;

-- name: dump-filled
-- What makes a system more than a new one.
SELECT (SELECT COUNT(*) FROM users) AS users, (SELECT COUNT(*) FROM campaigns) AS campaigns,
  (SELECT COUNT(*) FROM lists) AS lists, EXISTS (SELECT 1 FROM leads) + EXISTS (SELECT 1 FROM calls) AS work;

-- name: invite-add
INSERT INTO join_tokens (id, server, roles, payload, made_by, made_at, expires_at)
VALUES (?, ?, ?, ?, ?, UTC_TIMESTAMP(3), TIMESTAMPADD(SECOND, ?, UTC_TIMESTAMP(3)));

-- name: invite-take
-- Of any number who ask with one token, one finds the row unused.
UPDATE join_tokens SET used_at = UTC_TIMESTAMP(3), used_from = ? WHERE id = ? AND used_at IS NULL AND expires_at > UTC_TIMESTAMP(3);

-- name: invite-read
SELECT server, roles, payload, expires_at, used_at FROM join_tokens WHERE id = ?;

-- name: invite-forget
-- What it held is of no more use.
UPDATE join_tokens SET payload = '' WHERE id = ?;

-- name: invites-all
SELECT server, roles, made_by, made_at, expires_at, used_at, used_from FROM join_tokens ORDER BY made_at DESC LIMIT 50;

-- name: invite-revoke
UPDATE join_tokens SET expires_at = UTC_TIMESTAMP(3), payload = '' WHERE server = ? AND used_at IS NULL AND expires_at > UTC_TIMESTAMP(3);
