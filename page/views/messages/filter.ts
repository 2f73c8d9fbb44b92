/** What narrows the list: the parameters of GET /messages, by their names, in the address as in the request. */

const FILTER_NAMES = ["q", "from", "to", "since", "until"] as const;
export type FilterName = (typeof FILTER_NAMES)[number];
export type Filter = Readonly<Record<FilterName, string>>;

/** Of an address; what it leaves out is empty. */
export function filterOf(parameters: Readonly<Record<string, string>>): Filter {
  const filter = { q: "", from: "", to: "", since: "", until: "" };
  for (const name of FILTER_NAMES) filter[name] = parameters[name] ?? "";
  return filter;
}

export function isNarrowed(filter: Filter): boolean {
  return FILTER_NAMES.some((name) => filter[name] !== "");
}

export function keyOf(filter: Filter): string {
  return JSON.stringify(FILTER_NAMES.map((name) => filter[name]));
}

/** What is meant by what was typed or pasted: a number may come with blanks, brackets and dashes between its digits. */
export function partyOf(typed: string): string {
  const trimmed = typed.trim();
  return /^\+[\d\s().\-/]+$/.test(trimmed) ? trimmed.replaceAll(/[^+\d]/g, "") : trimmed;
}

/** Of an instant in UTC, what an input of the type datetime-local shows of it here; empty for what is none. */
export function localInputOf(instant: string): string {
  const ms = Date.parse(instant);
  if (Number.isNaN(ms)) return "";
  const shifted = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString();
  return shifted.slice(0, shifted.slice(17, 19) === "00" ? 16 : 19);
}

/** The instant in UTC that such an input names here; empty for what is none. */
export function instantOfInput(local: string): string {
  const ms = Date.parse(local);
  return Number.isNaN(ms) ? "" : new Date(ms).toISOString().replace(/\.000Z$/, "Z");
}
