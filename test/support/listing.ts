import assert from "node:assert/strict";
import type { Message } from "../../src/message.ts";
import { type Answer, post, request } from "./client.ts";
import { sampleMessage } from "./sample.ts";

export interface Listed {
  readonly data: Message[];
  readonly total: number;
  readonly limit: number;
  readonly offset: number;
}

/** Has the service keep these messages, in no particular order of arrival; ids are m0, m1, … unless given. */
export async function keep(url: string, messages: readonly Partial<Message>[]): Promise<Message[]> {
  const whole = messages.map((members, index) => sampleMessage({ message_id: `m${index}`, ...members }));
  for (const answer of await Promise.all(whole.map((message) => post(url, message)))) {
    assert.equal(answer.status, 200, answer.text);
  }
  return whole;
}

/** `query` is a query string without its `?`, or its parameters, which are then percent-encoded throughout. */
export async function list(url: string, query: string | Record<string, string> = ""): Promise<Listed> {
  const answer = await request(`${url}/messages?${typeof query === "string" ? query : encode(query)}`);
  assert.equal(answer.status, 200, answer.text);
  return answer.json as Listed;
}

/** The ids on the page, in its order. */
export async function listIds(url: string, query: string | Record<string, string> = ""): Promise<string[]> {
  return (await list(url, query)).data.map(({ message_id }) => message_id);
}

/** Keeps one message a text, and expects each needle to find exactly the texts named. */
export async function assertFinds(
  url: string,
  texts: readonly string[],
  cases: readonly (readonly [needle: string, found: readonly string[]])[],
): Promise<void> {
  await keep(
    url,
    texts.map((text, index) => ({ text, message_id: `m${10 + index}` })),
  );
  for (const [q, found] of cases) {
    const page = await list(url, { q });
    const seen = page.data.map(({ text }) => text);
    assert.deepEqual([seen, page.total], [found, found.length], `q=${JSON.stringify(q)}`);
  }
}

/** Asks for the list and expects a 422 that names each of the parameters, and no other answer. */
export async function assertRefused(url: string, query: string, ...names: string[]): Promise<void> {
  const answer = await request(`${url}/messages?${query}`);
  assertNames(answer, names, query);
}

export function assertNames(answer: Answer, names: readonly string[], query: string): void {
  assert.equal(answer.status, 422, `?${query} was answered ${answer.status} ${answer.text.slice(0, 200)}`);
  const {
    detail,
    errors = [],
    ...others
  } = answer.json as {
    detail: string;
    errors?: { pointer: string; detail: string }[];
  };
  assert.deepEqual(others, {}, `members beyond those of the contract for ?${query}`);
  for (const name of names) assert.ok(detail.includes(name), `?${query}: ${name} is not named in: ${detail}`);
  // `errors` is there when several are wrong, and says where each is.
  const pointers = errors.map(({ pointer }) => pointer).toSorted();
  const expected = names.length > 1 ? names.map((name) => `#/${name}`).toSorted() : [];
  assert.deepEqual(pointers, expected, `the errors of ?${query}`);
  for (const error of errors) assert.deepEqual(Object.keys(error).toSorted(), ["detail", "pointer"]);
}

/** Every character as percent-encoded UTF-8, spaces as %20. */
export function encode(parameters: Record<string, string>): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join("&");
}

/** Where the answer's `Link` with rel="next" (RFC 8288) leads, as an absolute URL; undefined without one. */
export function nextOf(url: string, answer: Answer): string | undefined {
  const link = answer.headers.get("link");
  if (link === null) return undefined;
  const target = /^<([^<>]*)>\s*;\s*rel="next"$/.exec(link)?.[1];
  assert.ok(target !== undefined, `not a Link that leads to the next page: ${link}`);
  return new URL(target, `${url}/messages`).href;
}

export interface Walk {
  readonly pages: Listed[];
  readonly ids: string[];
}

/** Follows the links from a first page to the last. `between` runs after each page, before the next is asked for. */
export async function walk(
  url: string,
  query: string,
  between: (page: number) => Promise<unknown> = () => Promise.resolve(),
): Promise<Walk> {
  // A link that leads in a circle must fail the test rather than never end.
  const PAGES_MAX = 200;
  const pages: Listed[] = [];
  let next: string | undefined = `${url}/messages?${query}`;
  while (next !== undefined) {
    const answer = await request(next);
    assert.equal(answer.status, 200, `${next}: ${answer.text}`);
    pages.push(answer.json as Listed);
    assert.ok(pages.length <= PAGES_MAX, "the links do not come to an end");
    next = nextOf(url, answer);
    await between(pages.length);
  }
  return { pages, ids: pages.flatMap(({ data }) => data.map(({ message_id }) => message_id)) };
}
