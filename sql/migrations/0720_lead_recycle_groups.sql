-- +goose Up
-- Recycling of all statuses of a status group. What lead_recycles says of a
-- status itself goes before.
CREATE TABLE lead_recycle_groups (
  campaign_id  VARCHAR(8) NOT NULL,
  group_id     INT NOT NULL,                 -- of status_groups
  delay_s      INT UNSIGNED NOT NULL,        -- from the last call on
  max_attempts SMALLINT UNSIGNED NOT NULL,   -- calls beyond the first of each round
  PRIMARY KEY (campaign_id, group_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
