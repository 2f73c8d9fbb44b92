-- What was acknowledged and is not yet applied to the main file.
CREATE TABLE batches (
  seq         INTEGER PRIMARY KEY,
  messages    TEXT NOT NULL,             -- JSON array of the messages that were created (src/store/sqlite/batch.ts)
  conflicts   TEXT                       -- JSON array, null when there were none
) STRICT;

CREATE TABLE trimmed (
  one         INTEGER PRIMARY KEY CHECK (one = 1),
  seq         INTEGER NOT NULL           -- every batch up to this one was applied, and may be gone from here
) STRICT;
INSERT INTO trimmed VALUES (1, 0);
