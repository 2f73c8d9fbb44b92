/** A client of GET /messages/stream that knows nothing of the program's own. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { Message } from "../../src/message.ts";
import { until } from "./until.ts";

export interface Event {
  readonly id?: string;
  readonly event?: string;
  readonly data?: string;
  readonly retry?: string;
}

export interface OpenStream {
  readonly headers: Headers;
  /** All that came so far. */
  readonly events: readonly Event[];
  messages(): Message[];
  /** Of the last event that had one. */
  lastId(): string;
  /** Waits for so many messages in all. */
  reached(count: number): Promise<Message[]>;
  /** Goes away as a page does that is closed. */
  drop(): void;
  /** Resolves when the service has ended it, with how: whole, or cut off. */
  readonly ended: Promise<"whole" | "cut">;
}

/** Open, with its first event. `query` is the query string without its `?`. */
export async function openStream(
  t: TestContext,
  url: string,
  options: { lastId?: string | undefined; query?: string; token?: string } = {},
): Promise<OpenStream> {
  const { lastId, query = "", token } = options;
  const gone = new AbortController();
  t.after(() => gone.abort());
  const response = await fetch(`${url}/messages/stream?${query}`, {
    signal: gone.signal,
    headers: {
      ...(lastId !== undefined && { "last-event-id": lastId }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
  });
  const { body } = response;
  if (response.status !== 200 || body === null)
    throw new Error(`${response.status} ${await response.text()}`);
  const events: Event[] = [];
  const reading = async (): Promise<"whole" | "cut"> => {
    let rest = "";
    try {
      for await (const text of body.pipeThrough(new TextDecoderStream())) {
        const blocks = (rest + text).split("\n\n");
        rest = blocks.pop() ?? "";
        events.push(...blocks.map(eventOf));
      }
      assert.equal(rest, "", "it ends behind a whole event");
      return "whole";
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      return "cut";
    }
  };
  const ended = reading();
  const messages = (): Message[] =>
    events.filter(({ event }) => event === "message").map(({ data = "" }) => JSON.parse(data) as Message);
  await until("the first event", () => events.some(({ event }) => event === "start"));
  return {
    headers: response.headers,
    events,
    messages,
    lastId: () => events.findLast(({ id }) => id !== undefined)?.id ?? "",
    async reached(count) {
      await until(`${count} messages on the stream`, () => messages().length >= count);
      return messages();
    },
    drop: () => gone.abort(),
    ended,
  };
}

/** Each line a field, none of them twice. */
function eventOf(block: string): Event {
  const fields = block.split("\n").map((line): [string, string] => {
    const [, name = "", value = ""] = /^(id|event|data|retry): (.*)$/.exec(line) ?? [];
    assert.notEqual(name, "", `a line that is no field: ${line}`);
    return [name, value];
  });
  assert.equal(new Set(fields.map(([name]) => name)).size, fields.length, block);
  return Object.fromEntries(fields);
}
