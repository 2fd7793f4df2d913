-- +goose Up
ALTER TABLE users
  ADD COLUMN user_group  VARCHAR(20) NOT NULL DEFAULT 'ALL',
  ADD COLUMN changed_at  DATETIME(3) NULL,
  ADD COLUMN totp_secret VARCHAR(64) NOT NULL DEFAULT '', -- base32; '': no second factor
  ADD COLUMN totp_step   BIGINT NOT NULL DEFAULT 0,       -- the 30 s step of the last code taken: none is taken twice
  ADD KEY users_group (user_group);
