/** The periods by which every engine keeps its counts. */

export const MINUTE_SECONDS = 60;
export const HOUR_SECONDS = 3_600;
export const DAY_SECONDS = 86_400;

/**
 * What `periods` holds: days, so that ten years are a few thousand rows; minutes, so that at a thousand messages a
 * second what is left to look at is some ten thousand index entries; hours between them and for those who ask for hours.
 */
export const PERIOD_SECONDS = [DAY_SECONDS, HOUR_SECONDS, MINUTE_SECONDS] as const;

/** In words. */
export const PERIOD_NAMES: Readonly<Record<(typeof PERIOD_SECONDS)[number], string>> = {
  [DAY_SECONDS]: "day",
  [HOUR_SECONDS]: "hour",
  [MINUTE_SECONDS]: "minute",
};

/** The start of the period that a second lies in. */
export function startOf(seconds: number, width: number): number {
  return Math.floor(seconds / width) * width;
}
