-- A program that does not know of erased ids would store them again, and would remember totals of messages that are gone: from here
-- on it does neither. Whoever stores a message at this moment has done so before, or is told.
LOCK TABLE messages, uncounted IN SHARE ROW EXCLUSIVE MODE;
UPDATE lyftr_schema SET works_with = 3;

-- The id of an erased message, by a keyed hash: it is told again, and tells nothing else (src/store/postgres/erased-ids.ts).
CREATE TABLE erased (
  id_hash     bytea PRIMARY KEY,         -- of 16 bytes
  day         integer NOT NULL           -- on which it was erased, in UTC, counted from 1970-01-01
);

CREATE TABLE erasure (
  one         integer PRIMARY KEY CHECK (one = 1),
  hash_key    bytea NOT NULL,            -- of 32 bytes, made here and nowhere else
  inner_pad   bytea NOT NULL,            -- the key as HMAC takes it (RFC 2104, section 2): each byte of it, and 0 up to
  outer_pad   bytea NOT NULL,            -- 64 bytes, XOR 0x36 and XOR 0x5c
  erasures    bigint NOT NULL            -- raised by each transaction that erases: what was remembered before holds no more
) WITH (fillfactor = 50);

-- Each UUID holds 122 bits of what the operating system gives for keys.
INSERT INTO erasure
SELECT 1, hash_key, inner_pad, outer_pad, 0
FROM (
  SELECT sha256(string_agg(uuid_send(gen_random_uuid()), '\x'::bytea)) AS hash_key FROM generate_series(1, 4)
) AS made, LATERAL (
  SELECT string_agg(set_byte('\x00'::bytea, 0, key_byte # 54), '\x'::bytea ORDER BY at) AS inner_pad,
    string_agg(set_byte('\x00'::bytea, 0, key_byte # 92), '\x'::bytea ORDER BY at) AS outer_pad
  FROM (SELECT at, CASE WHEN at < 32 THEN get_byte(hash_key, at) ELSE 0 END AS key_byte FROM generate_series(0, 63) AS at) AS bytes
) AS pads;
