-- +goose Up
CREATE TABLE call_legs (
  call_id     BIGINT UNSIGNED NOT NULL,
  n           SMALLINT UNSIGNED NOT NULL,  -- the channel is tl-t-CALL-N
  live        TINYINT NULL,                -- 1 until it has ended, then NULL
  server_id   SMALLINT UNSIGNED NOT NULL,
  session_id  BIGINT UNSIGNED NOT NULL,    -- the agent who dialed it
  purpose     VARCHAR(8) NOT NULL,         -- consult, invite, transfer
  e164        VARCHAR(16) NOT NULL,
  state       VARCHAR(10) NOT NULL,
  placed_at   DATETIME(6) NOT NULL,
  answered_at DATETIME(6) NULL,
  ended_at    DATETIME(6) NULL,
  cause       SMALLINT NOT NULL DEFAULT 0,
  sip_code    SMALLINT NOT NULL DEFAULT 0,
  PRIMARY KEY (call_id, n),
  KEY call_legs_live (server_id, live)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
