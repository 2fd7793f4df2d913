-- +goose Up
CREATE TABLE custom_fields (
  id       INT UNSIGNED NOT NULL AUTO_INCREMENT,
  list_id  INT UNSIGNED NOT NULL,
  name     VARCHAR(40) NOT NULL,             -- lower-case letters, digits and _
  label    VARCHAR(80) NOT NULL,
  type     VARCHAR(10) NOT NULL,             -- TEXT, AREA, NUMBER, DATE, TIME, SELECT, MULTI, CHECKBOX, READONLY, HIDDEN
  options  VARCHAR(4000) NOT NULL DEFAULT '', -- of SELECT and MULTI, one a line
  required BOOLEAN NOT NULL DEFAULT FALSE,
  position SMALLINT NOT NULL DEFAULT 0,
  PRIMARY KEY (id),
  UNIQUE KEY custom_fields_name (list_id, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
