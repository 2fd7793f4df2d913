-- +goose Up
-- The desk has given L and Q to actions since; such a status gets the next key that is free.
UPDATE statuses SET hotkey = '' WHERE hotkey NOT REGEXP '^[0-9AIJUYZ]?$';
