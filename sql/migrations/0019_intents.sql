-- +goose Up
CREATE TABLE intents (
  id         BIGINT UNSIGNED NOT NULL,  -- made by the web server
  server_id  SMALLINT UNSIGNED NOT NULL,
  session_id BIGINT UNSIGNED NOT NULL,
  kind       VARCHAR(16) NOT NULL,
  args       VARCHAR(1024) NOT NULL DEFAULT '{}', -- JSON object
  created_at DATETIME(3) NOT NULL,
  open       TINYINT NULL,              -- 1 until listen has carried it out or refused it, then NULL
  done_at    DATETIME(3) NULL,
  refusal    VARCHAR(255) NOT NULL DEFAULT '', -- '': carried out; else a sentence for the agent
  PRIMARY KEY (id),
  KEY intents_open (server_id, open, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
