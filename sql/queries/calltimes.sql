-- name: calltime-all
SELECT id, name, mon, tue, wed, thu, fri, sat, sun, states, holidays, campaigns,
  (SELECT COUNT(*) FROM lists l WHERE l.call_time_id = k.id) AS lists
FROM call_times k ORDER BY id;

-- name: calltime-one
SELECT id, name, mon, tue, wed, thu, fri, sat, sun, states, holidays, campaigns, 0 AS lists FROM call_times WHERE id = ?;

-- name: calltime-add
INSERT INTO call_times (id, name, mon, tue, wed, thu, fri, sat, sun, states, holidays, campaigns, hours, changed_at)
VALUES (:id, :name, :mon, :tue, :wed, :thu, :fri, :sat, :sun, :states, :holidays, :campaigns, '', UTC_TIMESTAMP(3));

-- name: calltime-save
UPDATE call_times SET name = :name, mon = :mon, tue = :tue, wed = :wed, thu = :thu, fri = :fri, sat = :sat, sun = :sun, states = :states,
  holidays = :holidays, campaigns = :campaigns, changed_at = UTC_TIMESTAMP(3)
WHERE id = :id;

-- name: calltime-used
SELECT CONCAT('list ', id) FROM lists WHERE call_time_id = ? ORDER BY id LIMIT 5;

-- name: calltime-delete
DELETE FROM call_times WHERE id = ?;

-- name: calltime-hours
-- What dialing reads of each (compliance's text of a call time).
UPDATE call_times k SET k.hours = CONCAT_WS('\n',
  IF(k.mon = '', NULL, CONCAT('Mon ', k.mon)), IF(k.tue = '', NULL, CONCAT('Tue ', k.tue)), IF(k.wed = '', NULL, CONCAT('Wed ', k.wed)),
  IF(k.thu = '', NULL, CONCAT('Thu ', k.thu)), IF(k.fri = '', NULL, CONCAT('Fri ', k.fri)), IF(k.sat = '', NULL, CONCAT('Sat ', k.sat)),
  IF(k.sun = '', NULL, CONCAT('Sun ', k.sun)), CONCAT('# ', k.id), NULLIF(k.states, ''),
  IF(k.holidays, (SELECT GROUP_CONCAT(CONCAT(h.day, ' ', IF(h.hours = '', 'closed', h.hours), ' # ', h.name) ORDER BY h.day SEPARATOR '\n') FROM holidays h), NULL));

-- name: holiday-all
SELECT id, DATE_FORMAT(day, '%Y-%m-%d') AS day, name, hours FROM holidays ORDER BY holidays.day DESC;

-- name: holiday-one
SELECT id, DATE_FORMAT(day, '%Y-%m-%d') AS day, name, hours FROM holidays WHERE id = ?;

-- name: holiday-add
INSERT INTO holidays (day, name, hours, changed_at) VALUES (:day, :name, :hours, UTC_TIMESTAMP(3));

-- name: holiday-save
UPDATE holidays SET day = :day, name = :name, hours = :hours, changed_at = UTC_TIMESTAMP(3) WHERE id = :id;

-- name: holiday-delete
DELETE FROM holidays WHERE id = ?;
