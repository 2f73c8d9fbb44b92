/**
 * Headers for what is asked again by itself: what was acknowledged in the last two seconds may be missing, so that many open pages hold up
 * no sender. Nothing that was shown is, and the next answer or the stream has the rest.
 */
export const RECENT = { "cache-control": "max-age=2" };
