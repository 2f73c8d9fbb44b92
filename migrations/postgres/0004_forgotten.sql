-- Of messages that were erased before the day, ids may have been forgotten. Who moves the inbox has to know: such an id that was taken
-- anew is no late arrival in the target either. A program that does not know of the table forgets without a word here, and the first
-- one that does says it on the same day.
CREATE TABLE forgotten (
  one         integer PRIMARY KEY CHECK (one = 1),
  day         integer NOT NULL           -- of UTC, counted from 1970-01-01; 0 while nothing was forgotten
);
INSERT INTO forgotten VALUES (1, 0);
