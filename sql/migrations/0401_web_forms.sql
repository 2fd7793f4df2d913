-- +goose Up
CREATE TABLE web_forms (
  id          VARCHAR(20) NOT NULL,
  name        VARCHAR(40) NOT NULL,            -- what stands on the agent's button
  campaign_id VARCHAR(8) NOT NULL DEFAULT '',  -- '': every campaign
  url         VARCHAR(2000) NOT NULL,          -- http or https, with variables in braces behind the host
  by_itself   BOOLEAN NOT NULL DEFAULT FALSE,  -- opens when the call is there
  position    SMALLINT NOT NULL DEFAULT 0,
  changed_at  DATETIME(3) NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
