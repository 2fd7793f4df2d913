-- +goose Up
CREATE TABLE servers (
  id         SMALLINT UNSIGNED NOT NULL AUTO_INCREMENT,
  name       VARCHAR(32) NOT NULL,
  web        BOOLEAN NOT NULL DEFAULT FALSE,
  telephony  BOOLEAN NOT NULL DEFAULT FALSE,
  ami_addr   VARCHAR(255) NOT NULL DEFAULT '',
  ami_user   VARCHAR(32) NOT NULL DEFAULT '',
  ami_secret VARCHAR(128) NOT NULL DEFAULT '',
  ws_url     VARCHAR(255) NOT NULL DEFAULT '',
  max_trunks INT NOT NULL DEFAULT 100,
  cps        DECIMAL(6,2) NOT NULL DEFAULT 20,
  active     BOOLEAN NOT NULL DEFAULT TRUE,
  version    VARCHAR(64) NOT NULL DEFAULT '',
  beat_at    DATETIME(3) NULL,
  skew_ms    INT NOT NULL DEFAULT 0,
  listening  BOOLEAN NOT NULL DEFAULT FALSE, -- listen has its Asterisk in hand
  conf_at    DATETIME(3) NULL,               -- when its Asterisk configuration was last written
  PRIMARY KEY (id),
  UNIQUE KEY servers_name (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
