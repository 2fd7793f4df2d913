-- name: sound-all
SELECT s.id, s.name, s.length_ms, s.sha256, CONCAT_WS(', ',
  (SELECT GROUP_CONCAT(c.id ORDER BY c.id SEPARATOR ', ') FROM campaigns c
   WHERE CONCAT('&', c.safe_harbour, '&', c.voicemail, '&', c.record_notice, '&', c.hold_music, '&') LIKE CONCAT('%&trunkline/', s.id, '&%')),
  (SELECT GROUP_CONCAT(CONCAT('in-group ', g.id) ORDER BY g.id SEPARATOR ', ') FROM in_groups g
   WHERE CONCAT('&', g.announcement, '&', g.music, '&', g.message, '&') LIKE CONCAT('%&trunkline/', s.id, '&%'))) AS used_by
FROM sounds s ORDER BY s.id;

-- name: sound-one
SELECT id, name, length_ms, sha256, '' AS used_by FROM sounds WHERE id = ?;

-- name: sound-add
INSERT INTO sounds (id, name, length_ms, sha256, wav, changed_at) VALUES (:id, :name, :length_ms, :sha256, :wav, UTC_TIMESTAMP(3));

-- name: sound-save
UPDATE sounds SET name = :name, changed_at = UTC_TIMESTAMP(3) WHERE id = :id;

-- name: sound-used
-- By which setting of which campaign, and by which in-group.
WITH k AS (SELECT CONCAT('%&trunkline/', ?, '&%') AS one)
SELECT CONCAT('campaign ', c.id, ' (', CONCAT_WS(', ',
  IF(CONCAT('&', c.safe_harbour, '&') LIKE k.one, 'safe-harbour message', NULL), IF(CONCAT('&', c.voicemail, '&') LIKE k.one, 'message for machines', NULL),
  IF(CONCAT('&', c.record_notice, '&') LIKE k.one, 'recording announcement', NULL), IF(CONCAT('&', c.hold_music, '&') LIKE k.one, 'music on hold', NULL)), ')')
FROM k JOIN campaigns c
  ON CONCAT('&', c.safe_harbour, '&', c.voicemail, '&', c.record_notice, '&', c.hold_music, '&') LIKE k.one
UNION ALL
SELECT CONCAT('in-group ', g.id, ' (', CONCAT_WS(', ',
  IF(CONCAT('&', g.announcement, '&') LIKE k.one, 'announcement', NULL), IF(CONCAT('&', g.music, '&') LIKE k.one, 'music on hold', NULL), IF(CONCAT('&', g.message, '&') LIKE k.one, 'message', NULL)), ')')
FROM k JOIN in_groups g ON CONCAT('&', g.announcement, '&', g.music, '&', g.message, '&') LIKE k.one
LIMIT 5;

-- name: sound-delete
DELETE FROM sounds WHERE id = ?;

-- name: sound-wav
SELECT wav FROM sounds WHERE id = ?;

-- name: sound-edition
-- One small answer that changes with every sound that comes or goes: asked every
-- 2 s by each telephony server.
SELECT COUNT(*) AS sounds, CAST(COALESCE(BIT_XOR(CRC32(CONCAT(id, ' ', sha256))), 0) AS SIGNED) AS sum FROM sounds;

-- name: sound-files
SELECT id, sha256 FROM sounds ORDER BY id;
