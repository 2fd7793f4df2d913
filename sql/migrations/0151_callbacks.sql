-- +goose Up
CREATE TABLE callbacks (
  id          BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  open        TINYINT NULL,                  -- 1 while ACTIVE or LIVE, then NULL
  campaign_id VARCHAR(8) NOT NULL,
  lead_id     BIGINT UNSIGNED NOT NULL,
  kind        VARCHAR(8) NOT NULL,           -- ANYONE: dialed at its time; USERONLY: its agent's to dial
  user_id     INT UNSIGNED NOT NULL DEFAULT 0, -- whose: the agent of USERONLY, and who made an ANYONE
  due_at      DATETIME(3) NOT NULL,          -- UTC
  zone        VARCHAR(40) NOT NULL,          -- the customer's, in which it was agreed (IANA name)
  state       VARCHAR(8) NOT NULL,           -- ACTIVE waits, LIVE is being dialed, DONE reached, DEAD given up or cancelled
  tries       SMALLINT UNSIGNED NOT NULL DEFAULT 0, -- calls at its time that reached nobody
  comments    VARCHAR(255) NOT NULL DEFAULT '',
  made_by     INT UNSIGNED NOT NULL,
  created_at  DATETIME(3) NOT NULL,
  changed_at  DATETIME(3) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY callbacks_open (lead_id, open), -- a lead is promised one call at a time
  KEY callbacks_due (campaign_id, state, due_at),
  KEY callbacks_user (user_id, state, due_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
