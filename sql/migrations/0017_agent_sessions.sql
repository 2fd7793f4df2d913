-- +goose Up
CREATE TABLE agent_sessions (
  id            BIGINT UNSIGNED NOT NULL, -- made by the web server; its bridge is tl-b-ID
  live          TINYINT NULL,             -- 1 until logged out, then NULL
  user_id       INT UNSIGNED NOT NULL,
  campaign_id   VARCHAR(8) NOT NULL,
  server_id     SMALLINT UNSIGNED NOT NULL,
  phone_id      INT UNSIGNED NOT NULL,
  state         VARCHAR(10) NOT NULL,
  pause_code    VARCHAR(6) NOT NULL DEFAULT '',
  pause_next    VARCHAR(6) NOT NULL DEFAULT '', -- pause asked for during a call
  state_since   DATETIME(3) NOT NULL,
  leg           VARCHAR(64) NOT NULL DEFAULT '', -- channel of the agent's phone; '': not connected
  call_id       BIGINT UNSIGNED NULL,      -- the call on the line, or in wrap-up
  seen_at       DATETIME(3) NOT NULL,      -- last moment the agent's page was connected
  logged_in_at  DATETIME(3) NOT NULL,
  logged_out_at DATETIME(3) NULL,
  logout_reason VARCHAR(120) NOT NULL DEFAULT '',
  PRIMARY KEY (id),
  UNIQUE KEY agent_sessions_user (user_id, live), -- one shift at a time
  KEY agent_sessions_live (live, server_id),
  KEY agent_sessions_campaign (campaign_id, live)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
