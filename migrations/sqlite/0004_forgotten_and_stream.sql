-- Of messages that were erased before the day, ids may have been forgotten. Who moves the inbox has to know: such an id that was taken
-- anew is no late arrival in the target either.
CREATE TABLE forgotten (
  one         INTEGER PRIMARY KEY CHECK (one = 1),
  day         INTEGER NOT NULL           -- of UTC, from 1970-01-01; 0 while nothing was forgotten
) STRICT;
INSERT INTO forgotten VALUES (1, 0);

-- Which inbox this is: part of each place in the order of arrival (src/store/sqlite/arrivals.ts). One that is restored gets another,
-- since ids that were given after the backup are given again there, to other messages.
CREATE TABLE inbox (
  one         INTEGER PRIMARY KEY CHECK (one = 1),
  identity    TEXT NOT NULL
) STRICT;
INSERT INTO inbox VALUES (1, lower(hex(randomblob(8))));
