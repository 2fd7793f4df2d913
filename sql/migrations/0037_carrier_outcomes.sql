-- +goose Up
CREATE TABLE carrier_outcomes (
  carrier_id SMALLINT UNSIGNED NOT NULL,
  kind       VARCHAR(5) NOT NULL,  -- sip: a final SIP response; cause: a Q.850 cause
  code       SMALLINT NOT NULL,
  status     VARCHAR(6) NOT NULL,  -- what a call that ends so becomes, in place of the common table's word
  PRIMARY KEY (carrier_id, kind, code)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
