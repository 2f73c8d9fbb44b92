/** What every engine keeps of a conflict (message.ts), and how it is asked for. Never a text: contents are told by their hashes. */

export interface ConflictKey {
  readonly message_id: string;
  /** SHA-256 of the later content in hex (content.ts). */
  readonly laterHash: string;
}

export interface ConflictRecord extends ConflictKey {
  readonly firstHash: string;
  /** The members that differ, comma-separated. */
  readonly differs: string;
  /** Milliseconds since 1970. */
  readonly firstMs: number;
  readonly lastMs: number;
  readonly times: number;
}

/** A record's place in the order of the list. */
export type ConflictPlace = ConflictKey & Pick<ConflictRecord, "lastMs">;

export interface ConflictsRequest {
  readonly limit: number;
  /** Of this message alone. */
  readonly messageId?: string;
  /** Met last at this time or after; milliseconds since 1970. */
  readonly sinceMs?: number;
  /** Begin strictly behind this one. */
  readonly after?: ConflictPlace;
}

export interface ConflictsPage {
  readonly data: readonly ConflictRecord[];
  /** The place of the page's last record when more follow it; else null. */
  readonly next: ConflictPlace | null;
}

/** `records` are those of the page, and one more where another follows. */
export function conflictsPage(records: readonly ConflictRecord[], limit: number): ConflictsPage {
  const data = records.slice(0, limit);
  const last = data.at(-1);
  if (last === undefined || records.length === data.length) return { data, next: null };
  const { lastMs, message_id, laterHash } = last;
  return { data, next: { lastMs, message_id, laterHash } };
}
