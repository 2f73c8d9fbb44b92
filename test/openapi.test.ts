import assert from "node:assert/strict";
import { test } from "node:test";
import { Ajv2020, type SchemaObject } from "ajv/dist/2020.js";
import { post, request } from "./support/client.ts";
import { sampleMessage } from "./support/sample.ts";
import { startTestService } from "./support/service.ts";

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: SchemaObject }>>;
}

interface Operation {
  readonly parameters?: readonly {
    readonly in: string;
    readonly name: string;
    readonly required?: boolean;
    readonly schema: SchemaObject;
  }[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content>>;
}

interface Document {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

async function documentOf(url: string): Promise<Document> {
  const answer = await request(`${url}/openapi.json`);
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get("content-type") ?? "", /^application\/json/);
  return answer.json as Document;
}

/** OpenAPI 3.1 schemas are JSON Schema 2020-12; `format` is only an annotation there, so it is not checked here. */
function compile(schema: SchemaObject): (value: unknown) => boolean {
  return new Ajv2020({ allowUnionTypes: true, validateFormats: false }).compile(schema);
}

function operation(document: Document, method: string, path: string): Operation {
  const found = document.paths[path]?.[method];
  assert.ok(found !== undefined, `${method} ${path} is not described`);
  return found;
}

function queryOf(document: Document, path: string): NonNullable<Operation["parameters"]> {
  return (operation(document, "get", path).parameters ?? []).filter(({ in: place }) => place === "query");
}

function jsonSchema(content: Content | undefined): SchemaObject {
  const schema = content?.content?.["application/json"]?.schema;
  assert.ok(schema !== undefined);
  return schema;
}

/** The limits of one parameter, as far as a client can rely on them; without its words. */
function limits(schema: SchemaObject): Record<string, unknown> {
  return Object.fromEntries(Object.entries(schema).filter(([name]) => name !== "description"));
}

test("the document is OpenAPI 3.1, with a title and a version", async (t) => {
  const { url } = await startTestService(t);
  const { openapi, info } = await documentOf(url);
  assert.match(openapi, /^3\.1\.\d+$/);
  assert.ok(info.title !== "" && info.version !== "");
});

test("every route of the contract is described, with the statuses it answers", async (t) => {
  const { url } = await startTestService(t);
  const document = await documentOf(url);
  for (const [method, path, statuses] of [
    ["post", "/webhook", ["200", "401", "413", "415", "422", "503"]],
    ["get", "/messages", ["200", "422"]],
    ["get", "/messages/stream", ["200", "422", "503"]],
    ["get", "/messages/{message_id}", ["200", "404"]],
    ["get", "/conflicts", ["200", "422", "503"]],
    ["get", "/stats", ["200"]],
    ["get", "/stats/timeline", ["200", "422", "503"]],
    ["get", "/health/live", ["200"]],
    ["get", "/health/ready", ["200", "503"]],
    ["get", "/metrics", ["200"]],
    ["get", "/openapi.json", ["200"]],
  ] as const) {
    const described = Object.keys(operation(document, method, path).responses);
    for (const status of statuses) assert.ok(described.includes(status), `${method} ${path}: ${status}`);
  }
});

test("every parameter of the list is described with its limits", async (t) => {
  const { url } = await startTestService(t);
  const parameters = queryOf(await documentOf(url), "/messages");
  const described = Object.fromEntries(parameters.map((parameter) => [parameter.name, parameter]));
  const party = { type: "string", minLength: 1, maxLength: 128 };
  const dateTime = { type: "string", format: "date-time" };
  const expected = {
    limit: { type: "integer", minimum: 1, maximum: 100, default: 50 },
    offset: { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER, default: 0 },
    from: party,
    to: party,
    since: dateTime,
    until: dateTime,
    q: { type: "string", minLength: 1, maxLength: 256 },
    order: { type: "string", enum: ["asc", "desc"], default: "asc" },
  };
  assert.deepEqual(Object.keys(described).toSorted(), [...Object.keys(expected), "cursor"].toSorted());
  for (const { name, required } of parameters) assert.notEqual(required, true, name);
  for (const [name, rules] of Object.entries(expected)) {
    assert.deepEqual(limits(described[name]?.schema ?? {}), rules, name);
  }
  assert.equal(described["cursor"]?.schema["type"], "string");
});

test("every parameter of the timeline is described with its limits, and none is required", async (t) => {
  const { url } = await startTestService(t);
  const parameters = queryOf(await documentOf(url), "/stats/timeline");
  const dateTime = { type: "string", format: "date-time" };
  assert.deepEqual(Object.fromEntries(parameters.map(({ name, schema }) => [name, limits(schema)])), {
    bucket: { type: "string", enum: ["hour", "day"], default: "hour" },
    since: dateTime,
    until: dateTime,
    from: { type: "string", minLength: 1, maxLength: 128 },
  });
  for (const { required } of parameters) assert.notEqual(required, true);
});

test("whoever asks may allow an age, where the answer may have one", async (t) => {
  const { url } = await startTestService(t);
  const document = await documentOf(url);
  for (const path of ["/messages", "/stats", "/stats/timeline"]) {
    const headers = (operation(document, "get", path).parameters ?? []).filter(
      ({ in: place }) => place === "header",
    );
    assert.deepEqual(
      headers.map(({ name, required }) => [name, required ?? false]),
      [["cache-control", false]],
      path,
    );
  }
});

test("the signatures are described as headers, of which no one alone is required", async (t) => {
  const { url } = await startTestService(t);
  const { parameters = [] } = operation(await documentOf(url), "post", "/webhook");
  const header = parameters.find(({ name }) => name.toLowerCase() === "x-signature");
  assert.equal(header?.in, "header");
  const names = ["x-signature", "webhook-id", "webhook-timestamp", "webhook-signature"];
  const required = new Map(parameters.map((each) => [each.name.toLowerCase(), each.required ?? false]));
  for (const name of names) assert.equal(required.get(name), false, name);
  const fits = compile(header.schema);
  for (const right of ["a".repeat(64), "A".repeat(64), `sha256=${"0".repeat(64)}`])
    assert.ok(fits(right), right);
  for (const wrong of ["", "a".repeat(63), "g".repeat(64), `sha1=${"0".repeat(64)}`])
    assert.ok(!fits(wrong), wrong);
});

test("the id in a message's path is described with its limits", async (t) => {
  const { url } = await startTestService(t);
  const { parameters = [] } = operation(await documentOf(url), "get", "/messages/{message_id}");
  const [parameter, ...others] = parameters;
  assert.deepEqual([parameter?.in, parameter?.name, parameter?.required], ["path", "message_id", true]);
  assert.deepEqual(others, []);
  assert.deepEqual(limits(parameter?.schema ?? {}), { type: "string", minLength: 1, maxLength: 256 });
});

test("the schema of the webhook's body takes what the service takes, and refuses what it refuses", async (t) => {
  const { url } = await startTestService(t);
  const schema = jsonSchema(operation(await documentOf(url), "post", "/webhook").requestBody);
  const fits = compile(schema);
  const { text: _, ...withoutText } = sampleMessage();
  const { ts: __, ...withoutTs } = sampleMessage();
  for (const body of [
    sampleMessage(),
    sampleMessage({ text: null }),
    withoutText,
    { ...sampleMessage(), unknown: { member: 1 } },
    sampleMessage({
      message_id: "😀".repeat(256),
      text: "😀".repeat(4096),
      from: "+1",
      to: `+${"9".repeat(15)}`,
    }),
    sampleMessage({ message_id: "" }),
    sampleMessage({ message_id: "x".repeat(257) }),
    sampleMessage({ from: "919876543210" }),
    sampleMessage({ to: `+${"9".repeat(16)}` }),
    sampleMessage({ text: "x".repeat(4097) }),
    withoutTs,
    { ...sampleMessage(), ts: 1 },
    { ...sampleMessage(), text: 1 },
    [],
    "text",
  ]) {
    const { status } = await post(url, typeof body === "string" ? JSON.stringify(body) : body);
    assert.equal(fits(body), status === 200, `answered ${status}: ${JSON.stringify(body).slice(0, 100)}`);
  }
  const examples = [...((schema["examples"] as unknown[] | undefined) ?? []), schema["example"]];
  for (const example of examples.filter((one) => one !== undefined)) assert.ok(fits(example));
});

test("what the service answers fits the schemas that describe it", async (t) => {
  const { url } = await startTestService(t);
  const document = await documentOf(url);
  await post(url, sampleMessage());
  await post(url, sampleMessage({ message_id: "m2", text: null }));
  await post(url, sampleMessage({ message_id: "m2", text: "other" }));
  for (const [path, asked] of [
    ["/messages", "/messages"],
    ["/messages", "/messages?limit=0"],
    ["/messages", "/messages?limit=0&offset=x"],
    ["/messages/{message_id}", "/messages/m2"],
    ["/messages/{message_id}", "/messages/nothing"],
    ["/conflicts", "/conflicts"],
    ["/conflicts", "/conflicts?since=now"],
    ["/stats", "/stats"],
    ["/stats/timeline", "/stats/timeline"],
    ["/stats/timeline", "/stats/timeline?bucket=week"],
    ["/health/live", "/health/live"],
    ["/health/ready", "/health/ready"],
  ] as const) {
    const answer = await request(url + asked);
    const schema = jsonSchema(operation(document, "get", path).responses[String(answer.status)]);
    assert.ok(compile(schema)(answer.json), `${asked}: ${answer.text}`);
  }
});

test("the document says which paths need a token when there are any", async (t) => {
  const { url } = await startTestService(t);
  const { paths } = (await request(`${url}/openapi.json`)).json as {
    paths: Record<string, Record<string, { security?: unknown }>>;
  };
  const open = Object.keys(paths).filter((path) =>
    Object.values(paths[path] ?? {}).every(({ security }) => security === undefined),
  );
  assert.deepEqual(open.toSorted(), ["/health/live", "/health/ready", "/webhook"]);
});
