-- +goose Up
CREATE TABLE cause_sums (
  campaign_id VARCHAR(8) NOT NULL,
  span        TINYINT UNSIGNED NOT NULL,
  at          DATETIME NOT NULL,
  carrier_id  SMALLINT UNSIGNED NOT NULL,
  status      VARCHAR(6) NOT NULL,
  sip_code    SMALLINT NOT NULL,
  cause       SMALLINT NOT NULL,         -- Q.850
  calls       INT UNSIGNED NOT NULL,
  answered    INT UNSIGNED NOT NULL,
  rang        INT UNSIGNED NOT NULL,
  delay_ms    BIGINT UNSIGNED NOT NULL,  -- until they rang
  line_ms     BIGINT UNSIGNED NOT NULL,  -- from the answer to the end
  PRIMARY KEY (campaign_id, span, at, carrier_id, status, sip_code, cause)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
