-- +goose Up
UPDATE statuses SET group_id = COALESCE((SELECT g.id FROM status_groups g WHERE g.name = statuses.category), 0) WHERE category <> '';
