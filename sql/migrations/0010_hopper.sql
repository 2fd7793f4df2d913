-- +goose Up
CREATE TABLE hopper (
  id          BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  campaign_id VARCHAR(8) NOT NULL,
  lead_id     BIGINT UNSIGNED NOT NULL,
  list_id     INT UNSIGNED NOT NULL,
  priority    SMALLINT NOT NULL DEFAULT 0,
  claim       BINARY(16) NULL,            -- token of the claim; NULL: free
  claimed_by  SMALLINT UNSIGNED NULL,     -- server that holds the claim
  claimed_at  DATETIME(3) NULL,
  added_at    DATETIME(3) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY hopper_lead (lead_id),       -- a lead is in the hopper at most once
  KEY hopper_next (campaign_id, claim, priority, id),
  KEY hopper_claim (claim)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
