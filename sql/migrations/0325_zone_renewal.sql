-- +goose Up
-- How far the leads' zone sets have been renewed since the calling rules named
-- other states with hours of their own.
CREATE TABLE zone_renewal (
  id         TINYINT NOT NULL,
  places     CHAR(64) NOT NULL DEFAULT '',          -- hash of the states that the sets were last made by
  after_lead BIGINT UNSIGNED NOT NULL DEFAULT 0,    -- leads up to this one are renewed
  renewed    BIGINT UNSIGNED NOT NULL DEFAULT 0,    -- leads whose set changed
  done_at    DATETIME(3) NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
