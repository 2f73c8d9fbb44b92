/**
 * The service beside a plain array (support/model.ts): whatever clients do, every answer must be the one that the
 * array gives. PROPERTY_RUNS asks for more runs than the default; a failure prints its seed and the shortest way there.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { Message, Outcome } from "../src/message.ts";
import { post, request } from "./support/client.ts";
import { ENGINES } from "./support/engines.ts";
import { webhookResults } from "./support/figures.ts";
import { journey, type Query, queryString, type Step } from "./support/journey.ts";
import { nextOf, walk } from "./support/listing.ts";
import { isSameContent, Model, type ModelFilter, timelineOf } from "./support/model.ts";
import { startTestService } from "./support/service.ts";

const RUNS_ASKED_FOR = process.env["PROPERTY_RUNS"];
/** What the suite can spare; a number of runs that was asked for is run to its end. */
const LIMITS =
  RUNS_ASKED_FOR === undefined
    ? { numRuns: 60, interruptAfterTimeLimit: 15_000 }
    : { numRuns: Number(RUNS_ASKED_FOR) };
const LIMIT_DEFAULT = 50;

/** One journey through one service, and what the service should hold by now. */
class Journey {
  readonly #url: string;
  readonly #model = new Model();
  readonly #outcomes: Partial<Record<Outcome, number>> = {};

  constructor(url: string) {
    this.#url = url;
  }

  async take(step: Step): Promise<void> {
    if (step.kind === "post") await this.#post(step.message);
    else if (step.kind === "burst") await this.#burst(step.messages);
    else if (step.kind === "list") await this.#list(step.query);
    else if (step.kind === "walk") await this.#walk(step.query);
    else if (step.kind === "get") await this.#get(step.id);
    else if (step.kind === "timeline") await this.#timeline(step.filter, step.bucket);
    else await this.#stats();
  }

  async end(): Promise<void> {
    await this.#stats();
    await this.#walk({ filter: {}, order: "asc", limit: 100, withBlanks: false, withBarePlus: false });
    assert.deepEqual(await webhookResults(this.#url), this.#outcomes);
  }

  async #send(message: Message): Promise<void> {
    const answer = await post(this.#url, message);
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.text, '{"status":"ok"}');
  }

  #expect(message: Message): void {
    const outcome = this.#model.append(message);
    this.#outcomes[outcome] = (this.#outcomes[outcome] ?? 0) + 1;
  }

  async #post(message: Message): Promise<void> {
    await this.#send(message);
    this.#expect(message);
  }

  /** Which of one new id comes first is open, so it is asked for; that one, and no mixture, must be there. */
  async #burst(messages: readonly Message[]): Promise<void> {
    await Promise.all(messages.map((message) => this.#send(message)));
    for (const id of new Set(messages.map(({ message_id }) => message_id))) {
      const ofId = messages.filter(({ message_id }) => message_id === id);
      const { json } = await request(`${this.#url}/messages/${encodeURIComponent(id)}`);
      const first = this.#model.get(id) ?? ofId.find((sent) => isSameContent(sent, json as Message));
      assert.deepEqual(json, first);
      ofId.sort((a, b) => Number(b === first) - Number(a === first));
      for (const message of ofId) this.#expect(message);
    }
  }

  async #list(query: Query): Promise<void> {
    const answer = await request(`${this.#url}/messages?${queryString(query)}`);
    const { limit = LIMIT_DEFAULT, offset = 0 } = query;
    if (limit < 1 || limit > 100) {
      assert.equal(answer.status, 422);
      assert.match(answer.text, /limit/);
      return;
    }
    const expected = this.#model.find(query.filter, query.order);
    const data = expected.slice(offset, offset + limit);
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(answer.json, { data, total: expected.length, limit, offset });
    const next = nextOf(this.#url, answer);
    const rest = expected.slice(offset + limit, offset + 2 * limit);
    assert.equal(next !== undefined, data.length > 0 && rest.length > 0, "Link is there when more follows");
    if (next === undefined) return;
    const following = await request(next);
    assert.deepEqual(following.json, { data: rest, total: expected.length, limit, offset: 0 });
  }

  async #walk(query: Query): Promise<void> {
    const expected = this.#model.find(query.filter, query.order);
    const { pages } = await walk(this.#url, queryString(query));
    assert.deepEqual(
      pages.flatMap(({ data }) => data),
      expected,
    );
    for (const { total } of pages) assert.equal(total, expected.length);
  }

  async #get(id: string): Promise<void> {
    const answer = await request(`${this.#url}/messages/${encodeURIComponent(id)}`);
    const expected = this.#model.get(id);
    assert.equal(answer.status, expected === undefined ? 404 : 200);
    if (expected !== undefined) assert.deepEqual(answer.json, expected);
  }

  async #timeline(filter: ModelFilter, bucket: "hour" | "day"): Promise<void> {
    const query = Object.entries({ ...filter, bucket }).map(
      ([name, value]) => `${name}=${encodeURIComponent(value)}`,
    );
    const data = timelineOf(this.#model.find(filter), bucket);
    const answer = await request(`${this.#url}/stats/timeline?${query.join("&")}`);
    assert.deepEqual(answer.json, { bucket, data });
  }

  async #stats(): Promise<void> {
    assert.deepEqual((await request(`${this.#url}/stats`)).json, this.#model.stats());
  }
}

for (const { name, locate } of ENGINES) {
  test(`${name}: whatever clients post and ask, every answer is that of a plain list`, async (t) => {
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(journey, async (steps) => {
        runs += 1;
        const service = await startTestService(t, { store: await locate(t) });
        try {
          const way = new Journey(service.url);
          for (const step of steps) await way.take(step);
          await way.end();
        } finally {
          await service.close();
        }
      }),
      LIMITS,
    );
    t.diagnostic(`${runs} journeys`);
  });
}
