-- +goose Up
CREATE TABLE statuses (
  status     VARCHAR(6) NOT NULL,
  name       VARCHAR(40) NOT NULL,
  category   VARCHAR(24) NOT NULL DEFAULT '', -- the group it stands under on the desk
  position   SMALLINT NOT NULL DEFAULT 0,     -- order on the desk, and its key 1 to 9, 0
  selectable BOOLEAN NOT NULL DEFAULT FALSE,  -- agents may choose it
  human      BOOLEAN NOT NULL DEFAULT FALSE,  -- a person answered
  sale       BOOLEAN NOT NULL DEFAULT FALSE,
  dnc        BOOLEAN NOT NULL DEFAULT FALSE,  -- puts the number on the internal DNC
  PRIMARY KEY (status)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
