-- +goose Up
-- What supervisors told agents, with what they asked of their shifts.
CREATE TABLE agent_notices (
  id         BIGINT UNSIGNED NOT NULL, -- that of the intent
  session_id BIGINT UNSIGNED NOT NULL,
  user_id    INT UNSIGNED NOT NULL,    -- the supervisor
  kind       VARCHAR(8) NOT NULL,      -- pause, logout
  says       VARCHAR(200) NOT NULL,    -- why
  at         DATETIME(3) NOT NULL,
  PRIMARY KEY (id),
  KEY agent_notices_session (session_id, at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
