-- +goose Up
INSERT INTO pause_codes (campaign_id, code, name, position) VALUES
  ('', 'BREAK',  'Break',     1),
  ('', 'LUNCH',  'Lunch',     2),
  ('', 'MEET',   'Meeting',   3),
  ('', 'TRAIN',  'Training',  4),
  ('', 'ADMIN',  'Paperwork', 5);
