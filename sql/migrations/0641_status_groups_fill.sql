-- +goose Up
-- Each status had the name of its heading, statuses.category, which nothing reads
-- any more.
INSERT INTO status_groups (name, position)
SELECT category, MIN(position) FROM statuses WHERE category <> '' GROUP BY category ORDER BY MIN(position), category;
