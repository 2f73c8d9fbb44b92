import type { Instant } from "./message.ts";

/** A nanosecond is the finest that common clocks and databases give. */
export const FRACTION_DIGITS_MAX = 9;

/** 0000-01-01T00:00:00Z and 9999-12-31T23:59:59Z: the first and last second that RFC 3339 can write. */
export const INSTANT_SECONDS_MIN = -62_167_219_200;
export const INSTANT_SECONDS_MAX = 253_402_300_799;

/** From 1 March of year 0 to 1 January 1970. */
const DAYS_FROM_YEAR_0_TO_1970 = 719_468;

/** Where the digits of a fraction begin. */
const FRACTION_FROM = "0000-00-00T00:00:00.".length;
const ZERO = "0".charCodeAt(0);

/** RFC 3339 §5.6 `date-time`, narrowed to UTC written with an upper-case T and Z; hours, minutes and seconds in range. */
const DATE_TIME = /^\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?Z$/;

const DAYS_BY_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * The instant that an RFC 3339 date-time in UTC names; null when the text is not one or names no real
 * moment (30 February, hour 24). Leap seconds (`:60`) have no place on the POSIX time line and are refused.
 */
export function parseInstant(text: string): Instant | null {
  if (!DATE_TIME.test(text)) return null;
  const days = daysSince1970(numberAt(text, 0, 4), numberAt(text, 5, 7), numberAt(text, 8, 10));
  if (days === null) return null;
  const secondOfDay = numberAt(text, 11, 13) * 3_600 + numberAt(text, 14, 16) * 60 + numberAt(text, 17, 19);
  return {
    seconds: days * 86_400 + secondOfDay,
    nanos:
      numberAt(text, FRACTION_FROM, text.length - 1) * 10 ** (FRACTION_DIGITS_MAX - fractionDigits(text)),
  };
}

/** Of a date-time that parseInstant reads: with them, formatInstant writes it again as it was. */
export function fractionDigits(text: string): number {
  return Math.max(0, text.length - FRACTION_FROM - 1);
}

/** The date-time in UTC that names an instant, with so many digits of its fraction; the others are cut off. */
export function formatInstant({ seconds, nanos }: Instant, digits = 0): string {
  const whole = new Date(seconds * 1_000).toISOString().slice(0, FRACTION_FROM - 1);
  if (digits === 0) return `${whole}Z`;
  return `${whole}.${String(nanos).padStart(FRACTION_DIGITS_MAX, "0").slice(0, digits)}Z`;
}

/** Negative when `a` is before `b`, 0 when they are the same moment. */
export function compareInstants(a: Instant, b: Instant): number {
  return a.seconds - b.seconds || a.nanos - b.nanos;
}

/** The digits from `from` up to `to`, read in place: this runs several times for each message. */
function numberAt(text: string, from: number, to: number): number {
  let number = 0;
  for (let index = from; index < to; index += 1) number = number * 10 + text.charCodeAt(index) - ZERO;
  return number;
}

/** Of the proleptic Gregorian calendar, which RFC 3339 uses; null for a day that its month does not have. */
function daysSince1970(year: number, month: number, day: number): number | null {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const daysInMonth = month === 2 && isLeap ? 29 : (DAYS_BY_MONTH[month - 1] ?? 0);
  if (day < 1 || day > daysInMonth) return null;
  // Counted in 400-year cycles of 146,097 days from 1 March of year 0, so that the leap day ends its year.
  const shifted = month <= 2 ? year - 1 : year;
  const cycle = Math.floor(shifted / 400);
  const yearOfCycle = shifted - cycle * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const dayOfCycle =
    yearOfCycle * 365 + Math.floor(yearOfCycle / 4) - Math.floor(yearOfCycle / 100) + dayOfYear;
  return cycle * 146_097 + dayOfCycle - DAYS_FROM_YEAR_0_TO_1970;
}
