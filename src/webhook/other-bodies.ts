/** What may have been signed in place of the body, and in which words. */
export function otherBodies(body: Buffer): [words: string, bytes: string][] {
  const text = body.toString("utf8");
  return [
    ["the body without the white space around it", text.trim()],
    ["the body with a line feed behind it", `${text}\n`],
    ...spellingsOf(text),
  ];
}

/** Of a JSON object, each as JSON. */
interface Member {
  /** The name itself, to sort by. */
  readonly key: string;
  readonly name: string;
  readonly value: string;
}

/** As the JSON libraries of senders write the same object. */
function spellingsOf(text: string): [words: string, bytes: string][] {
  const members = membersOf(text);
  // Once for all spellings: it is what takes the most time.
  const ascii = members.map(({ key, name, value }) => ({ key, name: inAscii(name), value: inAscii(value) }));
  const isAscii = ascii.every(
    ({ name, value }, index) => name === members[index]?.name && value === members[index].value,
  );
  const inOther = isAscii ? [] : layoutsOf(ascii);
  return [
    ...layoutsOf(members),
    ...inOther.map(([words, bytes]): [string, string] => [`${words} in ASCII`, bytes]),
  ];
}

/** None where it is no object, or one that holds objects: a message is none, and to write what is nested deeply could fail. */
function membersOf(text: string): Member[] {
  let object: unknown;
  try {
    object = JSON.parse(text);
  } catch {
    return [];
  }
  if (!isNested(object) || Array.isArray(object) || Object.values(object).some(isNested)) return [];
  return Object.entries(object).map(([key, value]) => ({
    key,
    name: JSON.stringify(key),
    value: JSON.stringify(value),
  }));
}

function isNested(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function layoutsOf(members: readonly Member[]): [words: string, bytes: string][] {
  if (members.length === 0) return [];
  const sorted = members.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  return [
    ["the body re-encoded as compact JSON", joined(members, ":", ",")],
    // As Python's json.dumps does.
    ["the body re-encoded as JSON with spaces", joined(members, ": ", ", ")],
    ["the body re-encoded as JSON with sorted members", joined(sorted, ":", ",")],
    ["the body re-encoded as JSON with sorted members and spaces", joined(sorted, ": ", ", ")],
    ["the body re-encoded as indented JSON", indented(members, "  ")],
    ["the body re-encoded as indented JSON", indented(members, "    ")],
  ];
}

function joined(members: readonly Member[], colon: string, comma: string): string {
  return `{${members.map(({ name, value }) => name + colon + value).join(comma)}}`;
}

function indented(members: readonly Member[], by: string): string {
  return `{\n${members.map(({ name, value }) => `${by}${name}: ${value}`).join(",\n")}\n}`;
}

/** Of each byte. */
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

function inAscii(json: string): string {
  if (!/[^\0-\x7f]/.test(json)) return json;
  let ascii = "";
  for (let index = 0; index < json.length; index += 1) {
    const unit = json.charCodeAt(index);
    ascii += unit < 0x80 ? json.charAt(index) : `\\u${HEX[unit >> 8] ?? ""}${HEX[unit & 0xff] ?? ""}`;
  }
  return ascii;
}
