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
