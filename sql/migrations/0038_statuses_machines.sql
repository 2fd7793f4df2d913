-- +goose Up
INSERT IGNORE INTO statuses (status, name, category, position, selectable, human, sale, dnc) VALUES
  ('AL',     'Message left',           '', 0, FALSE, FALSE, FALSE, FALSE),
  ('AM',     'Message cut short',      '', 0, FALSE, FALSE, FALSE, FALSE),
  ('AFAX',   'Fax',                    '', 0, FALSE, FALSE, FALSE, FALSE),
  ('ADAIR',  'Dead air',               '', 0, FALSE, FALSE, FALSE, FALSE),
  ('PARKED', 'Hung up while parked',   '', 0, FALSE, TRUE,  FALSE, FALSE),
  ('XFER',   'Passed on',              '', 0, FALSE, TRUE,  FALSE, FALSE);
