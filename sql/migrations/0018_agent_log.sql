-- +goose Up
CREATE TABLE agent_log (
  id          BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  session_id  BIGINT UNSIGNED NOT NULL,
  user_id     INT UNSIGNED NOT NULL,
  campaign_id VARCHAR(8) NOT NULL,
  state       VARCHAR(10) NOT NULL, -- the state that the agent left
  pause_code  VARCHAR(6) NOT NULL DEFAULT '',
  call_id     BIGINT UNSIGNED NULL,
  from_at     DATETIME(3) NOT NULL,
  to_at       DATETIME(3) NOT NULL,
  PRIMARY KEY (id),
  KEY agent_log_user (user_id, from_at),
  KEY agent_log_campaign (campaign_id, from_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
