-- The conflicts that were met last, of all messages and of one (GET /conflicts). Of one there may be as many as of all: a sender that
-- gives every message the same id makes nothing else.
CREATE INDEX conflicts_by_time ON conflicts (last_ms, message_id, later_hash);
CREATE INDEX conflicts_of_message ON conflicts (message_id, last_ms, later_hash);
