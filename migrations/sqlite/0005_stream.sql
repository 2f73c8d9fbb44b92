-- Which inbox this is: part of each place in the order of arrival (src/store/sqlite/arrivals.ts). One that is restored gets another,
-- since ids that were given after the backup are given again there, to other messages.
CREATE TABLE inbox (
  one         INTEGER PRIMARY KEY CHECK (one = 1),
  identity    TEXT NOT NULL
) STRICT;
INSERT INTO inbox VALUES (1, lower(hex(randomblob(8))));
