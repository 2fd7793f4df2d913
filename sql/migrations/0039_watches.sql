-- +goose Up
CREATE TABLE watches (
  id         BIGINT UNSIGNED NOT NULL, -- made by the web server; its bridge is tl-w-ID
  live       TINYINT NULL,
  server_id  SMALLINT UNSIGNED NOT NULL,
  user_id    INT UNSIGNED NOT NULL,    -- the supervisor
  session_id BIGINT UNSIGNED NOT NULL, -- the agent
  call_id    BIGINT UNSIGNED NOT NULL DEFAULT 0, -- the call that was taken over
  mode       VARCHAR(8) NOT NULL,      -- listen, whisper, barge, takeover
  leg        VARCHAR(64) NOT NULL DEFAULT '',
  started_at DATETIME(3) NOT NULL,
  ended_at   DATETIME(3) NULL,
  PRIMARY KEY (id),
  KEY watches_live (server_id, live),
  KEY watches_session (session_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
