-- +goose Up
INSERT INTO board_limits (campaign_id, ready_s, ready_over_s, call_s, call_over_s, hold_s, hold_over_s, wrapup_s, wrapup_over_s, paused_s, paused_over_s)
VALUES ('', 60, 300, 900, 1800, 60, 180, 60, 300, 600, 900);
