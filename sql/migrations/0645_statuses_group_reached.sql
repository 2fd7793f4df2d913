-- +goose Up
UPDATE statuses SET group_id = (SELECT g.id FROM status_groups g WHERE g.name = 'Not reached')
WHERE group_id = 0 AND status IN ('NA', 'B', 'ADC', 'CR', 'AL', 'AM', 'AFAX', 'ADAIR');
