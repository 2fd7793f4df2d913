-- +goose Up
CREATE TABLE calls (
  id           BIGINT UNSIGNED NOT NULL, -- made by the server; its channel is tl-c-ID
  live         TINYINT NULL,             -- 1 until the call has ended, then NULL
  state        VARCHAR(10) NOT NULL,
  campaign_id  VARCHAR(8) NOT NULL,
  list_id      INT UNSIGNED NOT NULL,
  lead_id      BIGINT UNSIGNED NOT NULL,
  lead_was     VARCHAR(6) NOT NULL DEFAULT 'NEW', -- the lead's status before, for a call that never left
  e164         VARCHAR(16) NOT NULL,
  server_id    SMALLINT UNSIGNED NOT NULL,
  carrier_id   SMALLINT UNSIGNED NOT NULL,
  session_id   BIGINT UNSIGNED NULL,     -- the agent who got it
  user_id      INT UNSIGNED NULL,
  placed_at    DATETIME(6) NOT NULL,     -- committed just before the originate is sent
  sent         BOOLEAN NOT NULL DEFAULT TRUE, -- FALSE: known never to have left for the carrier
  ringing_at   DATETIME(6) NULL,
  answered_at  DATETIME(6) NULL,
  wanted_at    DATETIME(6) NULL,         -- asked for an agent (judged human, or no AMD)
  bridged_at   DATETIME(6) NULL,         -- entered the agent's bridge
  ended_at     DATETIME(6) NULL,
  status       VARCHAR(6) NOT NULL DEFAULT '',
  cause        SMALLINT NOT NULL DEFAULT 0, -- Q.850
  sip_code     SMALLINT NOT NULL DEFAULT 0,
  ended_by     VARCHAR(8) NOT NULL DEFAULT '', -- lead, agent, dialer, carrier
  amd          VARCHAR(16) NOT NULL DEFAULT '', -- AMD's verdict
  amd_cause    VARCHAR(64) NOT NULL DEFAULT '',
  PRIMARY KEY (id),
  KEY calls_live (server_id, live),
  KEY calls_campaign (campaign_id, placed_at),
  KEY calls_lead (lead_id, placed_at),
  KEY calls_number (e164, placed_at),
  KEY calls_session (session_id, placed_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
