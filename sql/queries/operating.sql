-- name: database-version
SELECT VERSION();

-- name: database-grants
SHOW GRANTS FOR CURRENT_USER;

-- name: database-room
-- What bounds the server: connections, and the memory for InnoDB's pages.
SELECT @@max_connections AS max_connections, @@innodb_buffer_pool_size AS buffer_pool;

-- name: servers-versions
-- The hosts that live, with the version each runs.
SELECT name, version FROM servers WHERE beat_at > TIMESTAMPADD(SECOND, -30, UTC_TIMESTAMP(3)) ORDER BY name;

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
