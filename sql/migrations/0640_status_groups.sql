-- +goose Up
-- What VICIdial calls status categories: the headings under which outcomes stand
-- on the desk and in reports.
CREATE TABLE status_groups (
  id       INT NOT NULL AUTO_INCREMENT,
  name     VARCHAR(40) NOT NULL,
  position SMALLINT NOT NULL DEFAULT 0, -- the smallest first
  PRIMARY KEY (id),
  UNIQUE KEY status_groups_name (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
