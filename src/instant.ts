import type { Instant } from "./message.ts";

/** A nanosecond is the finest that common clocks and databases give. */
export const FRACTION_DIGITS_MAX = 9;

/** 0000-01-01T00:00:00Z and 9999-12-31T23:59:59Z: the first and last second that RFC 3339 can write. */
export const INSTANT_SECONDS_MIN = -62_167_219_200;
export const INSTANT_SECONDS_MAX = 253_402_300_799;

/** RFC 3339 §5.6 `date-time`, narrowed to UTC written with an upper-case T and Z. */
const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.(\d{1,9}))?Z$/;

/** Length of `YYYY-MM-DDTHH:MM:SS`. */
const WHOLE_SECONDS_LENGTH = 19;

/**
 * The instant that an RFC 3339 date-time in UTC names; null when the text is not one or names no real
 * moment (30 February, hour 24). Leap seconds (`:60`) have no place on the POSIX time line and are refused.
 */
export function parseInstant(text: string): Instant | null {
  const match = DATE_TIME.exec(text);
  if (match === null) return null;
  const whole = text.slice(0, WHOLE_SECONDS_LENGTH);
  const millis = Date.parse(`${whole}Z`);
  // Date.parse turns 30 February into March, so only what survives the round trip is a real date.
  if (Number.isNaN(millis) || !new Date(millis).toISOString().startsWith(whole)) return null;
  return { seconds: millis / 1000, nanos: Number((match[1] ?? "").padEnd(FRACTION_DIGITS_MAX, "0")) };
}
