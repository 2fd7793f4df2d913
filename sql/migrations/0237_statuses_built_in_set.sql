-- +goose Up
UPDATE statuses SET built_in = TRUE WHERE NOT selectable OR status IN ('A', 'DNC', 'CALLBK', 'DC', 'N');
