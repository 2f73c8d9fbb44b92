-- parts.tidy is 2 as well, of a part of which many messages were erased, until it is merged.

-- Ids of erased messages: a late arrival of one is a duplicate.
CREATE TABLE erased (
  id_hash     BLOB PRIMARY KEY,          -- src/store/erased-id.ts
  day         INTEGER NOT NULL           -- of UTC, from 1970-01-01
) STRICT, WITHOUT ROWID;

CREATE TABLE erasure_key (
  one         INTEGER PRIMARY KEY CHECK (one = 1),
  key         BLOB NOT NULL              -- of the hashes above
) STRICT;
INSERT INTO erasure_key VALUES (1, randomblob(32));

-- Holds zeros for a moment, in every page that was free: what was erased is overwritten (src/store/sqlite/free-space.ts).
CREATE TABLE zeros (bytes BLOB NOT NULL) STRICT;

-- The last messages.id that was given, also when that message is erased: no id is given twice.
ALTER TABLE watermark ADD COLUMN last_given INTEGER NOT NULL DEFAULT 0;
UPDATE watermark SET last_given = (SELECT coalesce(max(id), 0) FROM messages);
-- How many transactions have erased something: a read in many statements is of one moment only where this stayed the same.
ALTER TABLE watermark ADD COLUMN erasures INTEGER NOT NULL DEFAULT 0;
-- As far as free space was overwritten behind them: where it is less, an erasure was cut short.
ALTER TABLE watermark ADD COLUMN overwritten INTEGER NOT NULL DEFAULT 0;
