-- Holds zeros for a moment, in every page that was free: what was erased is overwritten (src/store/sqlite/free-space.ts).
CREATE TABLE zeros (bytes BLOB NOT NULL) STRICT;
