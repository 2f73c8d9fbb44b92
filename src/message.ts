/**
 * The domain and its words. Imports nothing, so that every other file may import it.
 *
 * message     what a sender's webhook delivers; never changed once stored
 * message_id  the sender's own name for a message, and its idempotency key
 * created     the first arrival of a message_id
 * duplicate   a later arrival of the same id with the same content
 * conflict    a later arrival of the same id with different content; the first stays
 * instant     the moment that a `ts` names, whatever its spelling
 * position    a message's place in the order of (instant, message_id)
 * erased      removed for good, at request or by age; its id stays known by a keyed hash, so that a late arrival is a duplicate
 */

/** Names and members are those of the wire (docs/contract.md), so that nothing is ever renamed on the way. */
export interface Message {
  /** 1 to 256 code points. */
  readonly message_id: string;
  /** Opaque to all but the parser of its route; 1 to 128 code points. */
  readonly from: string;
  /** Likewise. */
  readonly to: string;
  /** RFC 3339 in UTC, exactly as it was sent. */
  readonly ts: string;
  /** At most 4096 code points; null when the message has none. */
  readonly text: string | null;
}

export type Outcome = "created" | "duplicate" | "conflict";

/** Exact to the nanosecond: a JavaScript number alone cannot hold that. */
export interface Instant {
  /** Whole seconds since 1970-01-01T00:00:00Z; negative before it. */
  readonly seconds: number;
  /** 0 to 999,999,999, always counted forward from `seconds`. */
  readonly nanos: number;
}

export interface Position extends Instant {
  readonly message_id: string;
}

/** Every member narrows; an absent one does not. */
export interface MessageFilter {
  readonly from?: string;
  readonly to?: string;
  /** At or after. */
  readonly since?: Instant;
  /** Before. */
  readonly until?: Instant;
  /** A substring of the text, compared folded (see fold.ts). */
  readonly q?: string;
}

/** Which messages are to be erased: every member narrows, and one of `message_ids`, `from` and `to` must be there. */
export interface ErasureFilter extends Pick<MessageFilter, "from" | "to" | "since" | "until"> {
  /** One at least, and ERASED_MESSAGES_MAX at the most; one that is not there, or is there twice, is no fault. */
  readonly message_ids?: readonly string[];
}

/**
 * Ids of one erasure. What it does to the files at its end takes the longer the more there is, so many ids share it; and these take
 * some 25 MB when each is of the longest.
 */
export const ERASED_MESSAGES_MAX = 100_000;

/** What was erased. */
export interface Erased {
  readonly messages: number;
  /** Records of conflicts of those messages' ids. */
  readonly conflicts: number;
}

export interface PageRequest {
  readonly limit: number;
  readonly offset: number;
  readonly order: "asc" | "desc";
  /** Begin strictly behind this position, in the direction of `order`. */
  readonly after?: Position;
}

export interface Page {
  readonly data: readonly Message[];
  /** All that match the filter, whatever the page. */
  readonly total: number;
  /** The position of the page's last message when more follow it; else null. */
  readonly next: Position | null;
}

export interface SenderCount {
  readonly from: string;
  readonly count: number;
}

export interface Stats {
  readonly total_messages: number;
  readonly unique_senders: number;
  /** At most 10, by count descending, then sender by bytes. */
  readonly top_senders: readonly SenderCount[];
  /** The `ts` of the first and last message in order; null when there is none. */
  readonly first_message_ts: string | null;
  readonly last_message_ts: string | null;
}

/** Which messages are counted, and into what. */
export interface TimelineRequest extends Pick<MessageFilter, "from" | "since" | "until"> {
  /** Of UTC. */
  readonly bucket: "hour" | "day";
  /** Of buckets. */
  readonly limit: number;
}

/** An hour or day that has messages. */
export interface TimelineBucket {
  /** Its first second, since 1970-01-01T00:00:00Z. */
  readonly seconds: number;
  /** Its messages that match; at least 1. */
  readonly count: number;
}

// Limits of what any store must hold, in code points. The store refuses what is beyond them; a route's parser may be stricter.
export const MESSAGE_ID_CHARACTERS_MAX = 256;
/** Room for the sender names of providers whose ids are not telephone numbers. */
export const PARTY_CHARACTERS_MAX = 128;
/** Ten concatenated SMS are 1,530 characters; WhatsApp's own limit is 4,096. */
export const TEXT_CHARACTERS_MAX = 4096;
