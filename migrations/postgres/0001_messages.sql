-- Trigrams for the search. A trusted extension: whoever may create in this database may create it (PostgreSQL 13 and later).
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- COLLATE "C" everywhere: compared and ordered by bytes, whatever the locale of the database.
CREATE TABLE messages (
  ts_seconds  bigint NOT NULL,           -- the instant of ts, to order by
  ts_nanos    integer NOT NULL,
  ts_digits   smallint NOT NULL,         -- of its fraction, so that ts can be written as it was sent (src/instant.ts)
  message_id  text COLLATE "C" PRIMARY KEY,
  sender      text COLLATE "C" NOT NULL,
  recipient   text COLLATE "C" NOT NULL,
  text        text COLLATE "C",
  folded      text COLLATE "C",          -- fold(text) (src/fold.ts) where that is not lower(text), else null
  letters     text COLLATE "C"           -- what the search index holds of the text (src/store/postgres/letters.ts)
);

-- The order of the list. For one party, few messages share an instant: those are put in order as they are read.
-- The other party is beside it, so that nothing else has to be read to count what went from one to the other.
CREATE INDEX messages_in_order ON messages (ts_seconds, ts_nanos, message_id);
CREATE INDEX messages_by_sender ON messages (sender, ts_seconds, ts_nanos, recipient);
CREATE INDEX messages_by_recipient ON messages (recipient, ts_seconds, ts_nanos, sender);

-- New entries wait in a list, which the upkeep empties before it grows to this (src/store/postgres/upkeep.ts): whoever reaches
-- the limit while storing messages has to empty it first, and lets its senders wait.
CREATE INDEX messages_by_letters ON messages USING gin (letters gin_trgm_ops) WITH (gin_pending_list_limit = 65536);

-- What is stored and not yet counted in the tables below: written with the message, counted and removed by the upkeep of any
-- process. So no process waits for another to count, and what is kept and what is uncounted are exact together.
CREATE TABLE uncounted (
  ts_seconds  bigint NOT NULL,
  sender      text COLLATE "C" NOT NULL,
  recipient   text COLLATE "C" NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);

CREATE TABLE totals (
  one         integer PRIMARY KEY CHECK (one = 1),
  messages    bigint NOT NULL,
  senders     bigint NOT NULL
) WITH (fillfactor = 50);
INSERT INTO totals VALUES (1, 0, 0);

-- Messages of each day, hour and minute: what a count over time adds up, and a deep offset skips.
CREATE TABLE periods (
  width       integer NOT NULL,          -- seconds: 86400, 3600 or 60
  start       bigint NOT NULL,           -- ts_seconds, a multiple of width
  messages    bigint NOT NULL,
  PRIMARY KEY (width, start)
) WITH (fillfactor = 70);

CREATE TABLE parties (
  name        text COLLATE "C" PRIMARY KEY,
  sent        bigint NOT NULL,
  received    bigint NOT NULL
) WITH (fillfactor = 70);
-- The order of the top senders, for which nobody who only receives is a candidate.
CREATE INDEX parties_by_sent ON parties (sent DESC, name) WHERE sent > 0;

-- The messages of each party, by the hour.
CREATE TABLE party_hours (
  party       text COLLATE "C" NOT NULL,
  start       bigint NOT NULL,           -- ts_seconds, a multiple of 3600
  sent        bigint NOT NULL,
  received    bigint NOT NULL,
  PRIMARY KEY (party, start)
) WITH (fillfactor = 70);

-- Same id, other content: what was refused, told by hash and by the names of the members that differ.
CREATE TABLE conflicts (
  message_id  text COLLATE "C" NOT NULL,
  later_hash  bytea NOT NULL,            -- src/store/content.ts
  first_hash  bytea NOT NULL,
  differs     text NOT NULL,             -- comma-separated
  first_ms    bigint NOT NULL,           -- milliseconds since 1970, by the clock of the process that met it
  last_ms     bigint NOT NULL,
  times       bigint NOT NULL,
  PRIMARY KEY (message_id, later_hash)
);
