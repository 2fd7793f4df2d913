-- name: sound-all
SELECT s.id, s.name, s.length_ms, s.sha256,
  (SELECT COALESCE(GROUP_CONCAT(c.id ORDER BY c.id SEPARATOR ', '), '') FROM campaigns c
   WHERE CONCAT('&', c.safe_harbour, '&', c.voicemail, '&', c.record_notice, '&') LIKE CONCAT('%&trunkline/', s.id, '&%')) AS used_by
FROM sounds s ORDER BY s.id;

-- name: sound-one
SELECT id, name, length_ms, sha256, '' AS used_by FROM sounds WHERE id = ?;

-- name: sound-add
INSERT INTO sounds (id, name, length_ms, sha256, wav, changed_at) VALUES (:id, :name, :length_ms, :sha256, :wav, UTC_TIMESTAMP(3));

-- name: sound-save
UPDATE sounds SET name = :name, changed_at = UTC_TIMESTAMP(3) WHERE id = :id;

-- name: sound-used
-- By which setting of which campaign.
SELECT CONCAT('campaign ', c.id, ' (', CONCAT_WS(', ',
  IF(CONCAT('&', c.safe_harbour, '&') LIKE k.one, 'safe-harbour message', NULL), IF(CONCAT('&', c.voicemail, '&') LIKE k.one, 'message for machines', NULL),
  IF(CONCAT('&', c.record_notice, '&') LIKE k.one, 'recording announcement', NULL)), ')')
FROM campaigns c JOIN (SELECT CONCAT('%&trunkline/', ?, '&%') AS one) k
WHERE CONCAT('&', c.safe_harbour, '&', c.voicemail, '&', c.record_notice, '&') LIKE k.one ORDER BY c.id LIMIT 5;

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
