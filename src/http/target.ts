/** What a URI may hold of ASCII (RFC 3986 §2), `%` included. */
const OUTSIDE_URI = /[^\w\-.~:/?#[\]@!$&'()*+,;=%]/g;

/** The absolute form (RFC 9112 §3.2.2), which a service takes as the path and query in it. */
const ORIGIN = /^https?:\/\/[^/?#]*/i;

/**
 * A request target as path and query, with every character that a URI may not hold percent-encoded. Node hands bytes
 * over as Latin-1 characters, so a search typed unencoded (`curl '…?q=é'`) becomes what its UTF-8 bytes say, and what
 * is copied into a `Link` header cannot break out of it.
 */
export function normalizeTarget(target: string): string {
  const path = target.replace(ORIGIN, "");
  return (path.startsWith("/") ? path : `/${path}`).replace(OUTSIDE_URI, percentEncode);
}

function percentEncode(character: string): string {
  return `%${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
}
