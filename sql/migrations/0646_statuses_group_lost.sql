-- +goose Up
UPDATE statuses SET group_id = (SELECT g.id FROM status_groups g WHERE g.name = 'Lost')
WHERE group_id = 0 AND status IN ('DROP', 'PDROP', 'PARKED', 'ERI');
