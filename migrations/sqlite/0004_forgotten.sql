-- Of messages that were erased before the day, ids may have been forgotten. Who moves the inbox has to know: such an id that was taken
-- anew is no late arrival in the target either.
CREATE TABLE forgotten (
  one         INTEGER PRIMARY KEY CHECK (one = 1),
  day         INTEGER NOT NULL           -- of UTC, from 1970-01-01; 0 while nothing was forgotten
) STRICT;
INSERT INTO forgotten VALUES (1, 0);
