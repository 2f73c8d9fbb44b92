/** What may have been signed in place of the body, and in which words. */
export function otherBodies(body: Buffer): [words: string, bytes: string][] {
  const text = body.toString("utf8");
  return [
    ["the body without the white space around it", text.trim()],
    ["the body with a line feed behind it", `${text}\n`],
    ...spellingsOf(text),
  ];
}

/** As the JSON libraries of senders write the same value. */
function spellingsOf(text: string): [words: string, bytes: string][] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return [];
  }
  // A message holds no objects. What does may be nested so deeply that to write it again would fail.
  if (typeof value !== "object" || value === null || Object.values(value).some(isNested)) return [];
  const sorted = Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  const spellings: [words: string, bytes: string][] = [
    ["the body re-encoded as compact JSON", JSON.stringify(value)],
    ["the body re-encoded as JSON with spaces", spaced(value)],
    ["the body re-encoded as JSON with sorted members", JSON.stringify(sorted)],
    ["the body re-encoded as JSON with sorted members and spaces", spaced(sorted)],
    ["the body re-encoded as indented JSON", JSON.stringify(value, null, 2)],
    ["the body re-encoded as indented JSON", JSON.stringify(value, null, 4)],
  ];
  return spellings.flatMap(([words, bytes]) => [
    [words, bytes],
    [`${words} in ASCII`, inAscii(bytes)],
  ]);
}

function isNested(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

/** As Python's json.dumps writes an object without objects in it. */
function spaced(value: object): string {
  const members = Object.entries(value).map(
    ([name, one]) => `${JSON.stringify(name)}: ${JSON.stringify(one)}`,
  );
  return `{${members.join(", ")}}`;
}

function inAscii(json: string): string {
  return json.replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
