-- +goose Up
ALTER TABLE campaigns
  ADD COLUMN amd_params VARCHAR(80) NOT NULL DEFAULT '',  -- arguments of AMD(), comma-separated; '': those of amd.conf
  ADD COLUMN voicemail  VARCHAR(128) NOT NULL DEFAULT ''; -- sound left on answering machines
