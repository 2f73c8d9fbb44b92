/** What a URI may hold of ASCII (RFC 3986 §2), `%` included. */
const OUTSIDE_URI = /[^\w\-.~:/?#[\]@!$&'()*+,;=%]/g;

/**
 * A request target with every character that a URI may not hold percent-encoded. Node hands bytes over as Latin-1
 * characters, so a search typed unencoded (`curl '…?q=é'`) becomes what its UTF-8 bytes say, and what is copied into a
 * `Link` header cannot break out of it.
 */
export function encodeTarget(target: string): string {
  return target.replace(
    OUTSIDE_URI,
    (character) => `%${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}
