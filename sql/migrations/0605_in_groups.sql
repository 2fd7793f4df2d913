-- +goose Up
-- Queues of callers for the agents of some campaigns.
CREATE TABLE in_groups (
  id           VARCHAR(20) NOT NULL,
  name         VARCHAR(80) NOT NULL,
  announcement VARCHAR(255) NOT NULL DEFAULT '',       -- sound on entry
  music        VARCHAR(80) NOT NULL DEFAULT '',        -- class of music on hold; '': Asterisk's default
  wait_s       SMALLINT NOT NULL DEFAULT 60,           -- how long a call may wait, 1 to 3600
  after_wait   VARCHAR(8) NOT NULL DEFAULT 'message',  -- message, hangup
  message      VARCHAR(255) NOT NULL DEFAULT '',       -- sound of after_wait message; '': the safe-harbour message of the call's campaign
  priority     SMALLINT NOT NULL DEFAULT 0,            -- the higher first
  campaigns    TEXT NOT NULL,                          -- whose agents take its calls: ids separated by spaces
  archived     BOOLEAN NOT NULL DEFAULT FALSE,
  changed_at   DATETIME(3) NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
