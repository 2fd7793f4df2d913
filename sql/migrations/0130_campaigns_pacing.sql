-- +goose Up
-- What steers a campaign's pace, with VICIdial's names where they differ. A
-- campaign that is there already keeps counting only the agents who wait.
ALTER TABLE campaigns
  ADD COLUMN drop_rule            VARCHAR(4) NOT NULL DEFAULT 'us',                   -- us, uk, ca
  ADD COLUMN drop_percent         DECIMAL(5,2) NOT NULL DEFAULT 3,                    -- adaptive_dropped_percentage
  ADD COLUMN amd_mistaken_percent DECIMAL(5,2) NOT NULL DEFAULT 2,
  ADD COLUMN max_level            DECIMAL(5,2) NOT NULL DEFAULT 3,                    -- adaptive_maximum_level
  ADD COLUMN intensity            SMALLINT NOT NULL DEFAULT 0,                        -- adaptive_intensity
  ADD COLUMN diff_target          SMALLINT NOT NULL DEFAULT 0,                        -- adaptive_dl_diff_target
  ADD COLUMN diff_method          VARCHAR(16) NOT NULL DEFAULT 'ADAPT_CALC_ONLY',     -- dl_diff_target_method
  ADD COLUMN available_only       BOOLEAN NOT NULL DEFAULT TRUE,                      -- available_only_ratio_tally
  ADD COLUMN available_count      VARCHAR(20) NOT NULL DEFAULT 'DISABLED',            -- available_only_tally_threshold
  ADD COLUMN available_below      SMALLINT NOT NULL DEFAULT 0,                        -- available_only_tally_threshold_agents
  ADD COLUMN level_one_count      VARCHAR(20) NOT NULL DEFAULT 'DISABLED',            -- dial_level_threshold
  ADD COLUMN level_one_below      SMALLINT NOT NULL DEFAULT 0,                        -- dial_level_threshold_agents
  ADD COLUMN latest_time          SMALLINT NOT NULL DEFAULT 2100,                     -- adaptive_latest_server_time, HHMM
  ADD COLUMN incall_threshold_s   SMALLINT NOT NULL DEFAULT 0;                        -- incall_tally_threshold_seconds
