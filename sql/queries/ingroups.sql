-- part: in-group-columns
id, name, announcement, music, wait_s, after_wait, message, priority, campaigns, archived

-- name: ingroup-all
-- Those in use first.
SELECT {{in-group-columns}} FROM in_groups ORDER BY archived, priority DESC, id;

-- name: ingroup-one
SELECT {{in-group-columns}} FROM in_groups WHERE id = ?;

-- name: ingroup-add
INSERT INTO in_groups ({{in-group-columns}}, changed_at)
VALUES (:id, :name, :announcement, :music, :wait_s, :after_wait, :message, :priority, :campaigns, :archived, UTC_TIMESTAMP(3));

-- name: ingroup-save
UPDATE in_groups SET name = :name, announcement = :announcement, music = :music, wait_s = :wait_s, after_wait = :after_wait, message = :message,
  priority = :priority, campaigns = :campaigns, archived = :archived, changed_at = UTC_TIMESTAMP(3)
WHERE id = :id;

-- name: ingroup-feeders
-- Campaigns that hand calls to an in-group.
SELECT id FROM campaigns WHERE in_group = ? AND drop_action = 'ingroup' AND NOT archived ORDER BY id;
