-- Of messages that were erased before the day, ids may have been forgotten. Who moves the inbox has to know: such an id that was taken
-- anew is no late arrival in the target either. A program that does not know of the table forgets without a word here, and the first
-- one that does says it on the same day.
CREATE TABLE forgotten (
  one         integer PRIMARY KEY CHECK (one = 1),
  day         integer NOT NULL           -- of UTC, counted from 1970-01-01; 0 while nothing was forgotten
);
INSERT INTO forgotten VALUES (1, 0);

-- The transaction that stored a message: what the order of arrival goes by (src/store/postgres/arrivals.ts). Null for what was stored
-- before, which is not written anew. A program of before that still runs stores it as well, by the default.
ALTER TABLE messages ADD COLUMN arrived xid8;
ALTER TABLE messages ALTER COLUMN arrived SET DEFAULT pg_current_xact_id();
CREATE INDEX messages_by_arrival ON messages (arrived) WHERE arrived IS NOT NULL;

-- Which inbox this is: part of each place in that order (src/store/postgres/inbox.ts).
CREATE TABLE inbox (
  one         integer PRIMARY KEY CHECK (one = 1),
  identity    text COLLATE "C" NOT NULL, -- random
  place       text COLLATE "C"           -- the database of the server that counts the transactions; null until the next start
);
INSERT INTO inbox VALUES (1, left(replace(gen_random_uuid()::text, '-', ''), 16), NULL);
