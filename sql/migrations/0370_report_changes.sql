-- +goose Up
-- What has changed in the logs since it was last summed up. A row is written in
-- the transaction of its change and taken out in that of the new sum: nothing is
-- summed twice or forgotten, whatever dies in between. Nobody relies on the
-- order of ids.
CREATE TABLE report_changes (
  id          BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  kind        CHAR(1) NOT NULL,                 -- C: a call; T: a stretch of an agent's time
  campaign_id VARCHAR(8) NOT NULL,
  user_id     INT UNSIGNED NOT NULL DEFAULT 0,  -- T: the agent
  from_at     DATETIME(3) NOT NULL,             -- C: when the call was placed
  to_at       DATETIME(3) NOT NULL,             -- T: the stretch's end
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
