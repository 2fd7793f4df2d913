-- +goose Up
-- What an agent has typed of the call on the desk and not saved, for the desk that
-- is opened next, on whatever computer. Not one of these rows is the truth of
-- anything: they go with the saving, and what nobody saved goes after a day.
CREATE TABLE call_drafts (
  call_id       BIGINT UNSIGNED NOT NULL,
  version       BIGINT UNSIGNED NOT NULL, -- another with each writing
  status        VARCHAR(6) NOT NULL,      -- the outcome that is chosen; '': none yet
  note          VARCHAR(4000) NOT NULL,   -- may be longer than a note that can be saved
  callback_at   VARCHAR(16) NOT NULL,     -- as the field writes it, on the customer's clock; '': not chosen
  callback_mine BOOL NOT NULL,
  PRIMARY KEY (call_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
