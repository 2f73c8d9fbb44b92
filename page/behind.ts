/** Who is so far behind on the stream, or is told so many at once, goes on from now instead: the list has what is between. */
export const BEHIND_MESSAGES_MAX = 2_000;
/** In AT_ONCE_MS: a thousand a second come in rounds of two hundred, and nobody reads those. */
export const AT_ONCE_MESSAGES_MAX = 200;
/** What comes within so short a time is told at once. */
export const AT_ONCE_MS = 100;
/** Before it goes on, since it would be the same again: so long at first, then longer each time, as long as the flood lasts. */
const BEHIND_REST_MS_LEAST = 2_000;
const BEHIND_REST_MS_MOST = 10_000;

/** The rest of who could not keep up, having rested so long the last time (0 for the first) and then kept up for so long. */
export function behindRestMs(lastMs: number, keptUpMs: number): number {
  if (keptUpMs >= BEHIND_REST_MS_MOST) return BEHIND_REST_MS_LEAST;
  return Math.min(Math.max(BEHIND_REST_MS_LEAST, lastMs * 2), BEHIND_REST_MS_MOST);
}
