-- +goose Up
-- From when on a time on the live board is coloured, in seconds; 0: never. The
-- first of each pair is worth a look, the second is too long.
CREATE TABLE board_limits (
  campaign_id   VARCHAR(8) NOT NULL DEFAULT '', -- '': every campaign without a row
  ready_s       INT NOT NULL,
  ready_over_s  INT NOT NULL,
  call_s        INT NOT NULL,
  call_over_s   INT NOT NULL,
  hold_s        INT NOT NULL,
  hold_over_s   INT NOT NULL,
  wrapup_s      INT NOT NULL,
  wrapup_over_s INT NOT NULL,
  paused_s      INT NOT NULL,
  paused_over_s INT NOT NULL,
  PRIMARY KEY (campaign_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
