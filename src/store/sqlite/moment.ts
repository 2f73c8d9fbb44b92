import type { Criteria } from "./criteria.ts";
import type { Queries } from "./queries.ts";

/**
 * What was in the file when a read began. Messages never change and ids are given by arrival, so a read in many
 * statements sees that moment by asking for nothing above `lastId`, and no statement holds up the write-ahead log; unless
 * something was erased meanwhile.
 */
export interface Moment {
  /** How many transactions have erased something. */
  readonly erasures: number;
  /** The last id that was given. */
  readonly lastId: number;
  /** The last id in the search index. */
  readonly searchable: number;
  readonly stored: number;
  readonly parts: readonly Part[];
}

/** What was found of the messages up to an id. */
export interface Known<T> {
  readonly upTo: number;
  readonly value: T;
}

/** A part of the search index as far as it was filled. */
export interface Part {
  readonly part: number;
  readonly firstId: number;
  readonly lastId: number;
  /** The last id once it is full. */
  readonly fullId: number;
  /** Seconds since 1970, both inclusive. */
  readonly earliest: number;
  readonly latest: number;
  /** Whether its short needles are counted. */
  readonly isTidy: boolean;
}

export function readMoment(queries: Queries): Moment {
  const watermark = queries.row("SELECT searchable, last_given, erasures FROM watermark");
  const searchable = Number(watermark?.["searchable"]);
  const rows = queries.rows("SELECT * FROM parts WHERE first_id <= $searchable ORDER BY part", {
    searchable,
  });
  return {
    erasures: Number(watermark?.["erasures"]),
    lastId: Number(watermark?.["last_given"]),
    searchable,
    stored: queries.count("SELECT messages AS n FROM totals"),
    parts: rows.map((row) => ({
      part: Number(row["part"]),
      firstId: Number(row["first_id"]),
      lastId: Math.min(Number(row["last_id"]), searchable),
      fullId: Number(row["last_id"]),
      earliest: Number(row["earliest"]),
      latest: Number(row["latest"]),
      isTidy: row["tidy"] === 1,
    })),
  };
}

/** Whether a message of the part can lie between `since` and `until`. */
export function overlaps({ earliest, latest }: Part, { since, until }: Criteria): boolean {
  return (
    (since === undefined || latest >= since.seconds) && (until === undefined || earliest <= until.seconds)
  );
}

/** Whether each message of the part does. */
export function isWithin({ earliest, latest }: Part, { since, until }: Criteria): boolean {
  return (since === undefined || earliest > since.seconds) && (until === undefined || latest < until.seconds);
}
