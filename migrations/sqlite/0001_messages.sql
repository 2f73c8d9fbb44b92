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
  ts          TEXT NOT NULL,             -- as it was sent
  ts_seconds  INTEGER NOT NULL,          -- the instant of ts, to order by
  ts_nanos    INTEGER NOT NULL,
  text        TEXT
) STRICT;

-- The order of the list. For one party, few messages share an instant: those are put in order as they are read.
CREATE INDEX messages_in_order ON messages (ts_seconds, ts_nanos, message_id);
CREATE INDEX messages_by_sender ON messages (sender, ts_seconds, ts_nanos);
CREATE INDEX messages_by_recipient ON messages (recipient, ts_seconds, ts_nanos);

-- Three characters or more, anywhere in the folded text (src/fold.ts): sqlite.org/fts5.html#the_trigram_tokenizer
CREATE VIRTUAL TABLE search USING fts5 (text, content = '', columnsize = 0, tokenize = 'trigram case_sensitive 1');
-- Merging twice as many parts at a time writes less, and a search still looks into few: fts5.html#the_automerge_configuration_option
INSERT INTO search (search, rank) VALUES ('automerge', 8);

CREATE TABLE totals (
  one         INTEGER PRIMARY KEY CHECK (one = 1),
  messages    INTEGER NOT NULL,
  senders     INTEGER NOT NULL
) STRICT;
INSERT INTO totals VALUES (1, 0, 0);

CREATE TABLE hours (
  hour        INTEGER PRIMARY KEY,       -- ts_seconds / 3600, rounded down
  messages    INTEGER NOT NULL
) STRICT;

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
  searchable  INTEGER NOT NULL           -- the last messages.id whose text is in search
) STRICT;
INSERT INTO watermark VALUES (1, 0, 1, 0);
