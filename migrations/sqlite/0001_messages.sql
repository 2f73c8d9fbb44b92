-- The CHECKs hold the limits of src/message.ts: a row that breaks one is refused alone, its neighbours are stored.
CREATE TABLE messages (
  message_id  TEXT NOT NULL UNIQUE CHECK (length(message_id) BETWEEN 1 AND 256),
  sender      TEXT NOT NULL CHECK (length(sender) BETWEEN 1 AND 128),
  recipient   TEXT NOT NULL CHECK (length(recipient) BETWEEN 1 AND 128),
  ts          TEXT NOT NULL,             -- as it was sent
  ts_seconds  INTEGER NOT NULL,          -- the instant of ts, to order by
  ts_nanos    INTEGER NOT NULL,
  text        TEXT CHECK (length(text) <= 4096),
  text_folded TEXT                       -- src/fold.ts, to search in
) STRICT;

-- Each filter's index ends in the order of the list, so that a page is read off it without sorting.
CREATE INDEX messages_in_order ON messages (ts_seconds, ts_nanos, message_id);
CREATE INDEX messages_by_sender ON messages (sender, ts_seconds, ts_nanos, message_id);
CREATE INDEX messages_by_recipient ON messages (recipient, ts_seconds, ts_nanos, message_id);

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
  clean       INTEGER NOT NULL           -- 1 after a stop that left the journal empty
) STRICT;
INSERT INTO watermark VALUES (1, 0, 1);
