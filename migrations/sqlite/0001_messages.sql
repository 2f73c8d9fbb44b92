-- Senders and recipients, so that messages and their indexes hold small numbers, and what is counted of each.
CREATE TABLE parties (
  id          INTEGER PRIMARY KEY,
  name        TEXT NOT NULL UNIQUE,
  sent        INTEGER NOT NULL,
  received    INTEGER NOT NULL
) STRICT;
-- The order of the top senders, for which nobody who only receives is a candidate.
CREATE INDEX parties_by_sent ON parties (sent DESC, name) WHERE sent > 0;

CREATE TABLE messages (
  id          INTEGER PRIMARY KEY,       -- 1, 2, 3, … by arrival
  message_id  TEXT NOT NULL UNIQUE,
  sender      INTEGER NOT NULL,          -- parties.id
  recipient   INTEGER NOT NULL,          -- parties.id
  ts_seconds  INTEGER NOT NULL,          -- the instant of ts, to order by
  ts_nanos    INTEGER NOT NULL,
  ts_digits   INTEGER NOT NULL,          -- of its fraction, so that ts can be written as it was sent (src/instant.ts)
  text        TEXT,
  folded      TEXT                       -- fold(text) (src/fold.ts) where that is not lower(text), else null
) STRICT;

-- The order of the list. For one party, few messages share an instant: those are put in order as they are read.
-- The other party is beside it, so that nothing else has to be read to count what went from one to the other.
CREATE INDEX messages_in_order ON messages (ts_seconds, ts_nanos, message_id);
CREATE INDEX messages_by_sender ON messages (sender, ts_seconds, ts_nanos, recipient);
CREATE INDEX messages_by_recipient ON messages (recipient, ts_seconds, ts_nanos, sender);

-- Texts are searched in parts of consecutive ids, each a table search_<part> of its own (src/store/sqlite/part.ts).
CREATE TABLE parts (
  part        INTEGER PRIMARY KEY,       -- 1, 2, 3, …
  first_id    INTEGER NOT NULL,
  last_id     INTEGER NOT NULL,          -- when it is full
  earliest    INTEGER NOT NULL,          -- ts_seconds of the messages in it
  latest      INTEGER NOT NULL,
  tidy        INTEGER NOT NULL           -- 1 once it is full, merged, and its short needles are counted
) STRICT;

-- Of each tidy part, in how many texts each one or two characters stand: for these, trigrams say little.
CREATE TABLE short_needles (
  needle      TEXT NOT NULL,
  part        INTEGER NOT NULL,          -- parts.part
  messages    INTEGER NOT NULL,
  PRIMARY KEY (needle, part)
) STRICT, WITHOUT ROWID;

CREATE TABLE totals (
  one         INTEGER PRIMARY KEY CHECK (one = 1),
  messages    INTEGER NOT NULL,
  senders     INTEGER NOT NULL
) STRICT;
INSERT INTO totals VALUES (1, 0, 0);

-- Messages of each day, hour and minute: what a count over time adds up, and a deep offset skips.
CREATE TABLE periods (
  width       INTEGER NOT NULL,          -- seconds: 86400, 3600 or 60
  start       INTEGER NOT NULL,          -- ts_seconds, a multiple of width
  messages    INTEGER NOT NULL,
  PRIMARY KEY (width, start)
) STRICT, WITHOUT ROWID;

-- The same of each party, by the hour.
CREATE TABLE party_hours (
  party       INTEGER NOT NULL,          -- parties.id
  start       INTEGER NOT NULL,          -- ts_seconds, a multiple of 3600
  sent        INTEGER NOT NULL,
  received    INTEGER NOT NULL,
  PRIMARY KEY (party, start)
) STRICT, WITHOUT ROWID;

-- Same id, other content: what was refused, told by hash and by the names of the members that differ.
CREATE TABLE conflicts (
  message_id  TEXT NOT NULL,
  later_hash  BLOB NOT NULL,             -- src/store/content.ts
  first_hash  BLOB NOT NULL,
  differs     TEXT NOT NULL,             -- comma-separated
  first_ms    INTEGER NOT NULL,          -- milliseconds since 1970, by this machine's clock
  last_ms     INTEGER NOT NULL,
  times       INTEGER NOT NULL,
  PRIMARY KEY (message_id, later_hash)
) STRICT, WITHOUT ROWID;

-- How far the journal (migrations/sqlite-journal/) is applied to this file.
CREATE TABLE watermark (
  one         INTEGER PRIMARY KEY CHECK (one = 1),
  seq         INTEGER NOT NULL,          -- every journal batch up to this one is in the tables above
  clean       INTEGER NOT NULL,          -- 1 after a stop that left the journal empty
  searchable  INTEGER NOT NULL           -- the last messages.id whose text is in a part
) STRICT;
INSERT INTO watermark VALUES (1, 0, 1, 0);
