/** What somebody gets who signs wrongly again and again, and what everybody else gets meanwhile. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { RejectionsAnswer } from "../src/rejection-schemas.ts";
import { Secrets } from "../src/secrets.ts";
import { networkOf } from "../src/webhook/network-of.ts";
import { Rejections } from "../src/webhook/rejections.ts";
import { WrongSignatures } from "../src/webhook/wrong-signatures.ts";
import { type Answer, post, request } from "./support/client.ts";
import { figures, webhookResults } from "./support/figures.ts";
import { openRaw, type RawConnection, rawHead, rawPost } from "./support/raw.ts";
import { sampleMessage, SECRET } from "./support/sample.ts";
import { startTestService } from "./support/service.ts";

/** As many at once as are looked into. */
const BURST = 2_000;
const A_DAY_MS = 86_400_000;

/** Sends so many forged requests one behind the other, and returns their statuses. */
async function forge(t: TestContext, url: string, count: number): Promise<number[]> {
  const connection = await openRaw(t, url);
  const forged = rawHead("POST /webhook", ["X-Signature: 12", "Content-Length: 2"]) + "{}";
  const statuses: number[] = [];
  // A connection may have 128 on their way.
  for (let left = count; left > 0; left -= 100) {
    const batch = Math.min(left, 100);
    await connection.send(forged.repeat(batch));
    for (let index = 0; index < batch; index += 1) statuses.push((await connection.answer()).status);
  }
  connection.destroy();
  return statuses;
}

test("thousands of wrong signatures get 429 with Retry-After in the end, and the right one 200 as ever", async (t) => {
  const { url } = await startTestService(t);
  const statuses = await forge(t, url, BURST * 2);
  assert.ok(statuses.slice(0, BURST).every((status) => status === 401));
  // Meanwhile some more were given.
  assert.ok(statuses.includes(429));
  const connection = await openRaw(t, url);
  await connection.send(rawHead("POST /webhook", ["X-Signature: 12", "Content-Length: 0"]).repeat(100));
  const limited = await nextLimited(connection);
  assert.deepEqual(limited.json, { detail: "too many wrong signatures from this address" });
  assert.equal(limited.headers.get("retry-after"), "60");
  assert.equal((await post(url, sampleMessage())).status, 200);

  const results = await webhookResults(url);
  assert.ok((results.rate_limited ?? 0) >= statuses.filter((status) => status === 429).length);
  assert.ok((results.invalid_signature ?? 0) >= BURST);
  assert.equal(results.created, 1);
  assert.equal((await figures(url)).get("webhook_wrong_signers"), 1);
});

async function nextLimited(connection: RawConnection): Promise<Answer> {
  for (;;) {
    const answer = await connection.answer();
    if (answer.status === 429) return answer;
  }
}

test("whoever was limited cannot tell by the answer what is wrong: missing, malformed, wrong, too old", async (t) => {
  const { url } = await startTestService(t);
  await forge(t, url, BURST * 2);
  const old = { "webhook-id": "m", "webhook-timestamp": "1", "webhook-signature": `v1,${"A".repeat(43)}=` };
  const kinds = [
    [],
    ["X-Signature: "],
    [`X-Signature: ${"0".repeat(64)}`],
    Object.entries(old).map((pair) => pair.join(": ")),
  ];
  const seen = new Set<string>();
  for (const headers of kinds) {
    const connection = await openRaw(t, url);
    await connection.send(rawHead("POST /webhook", [...headers, "Content-Length: 0"]).repeat(100));
    const { status, text, headers: given } = await nextLimited(connection);
    seen.add(JSON.stringify([status, text, [...given.keys()].toSorted(), given.get("retry-after")]));
    connection.destroy();
  }
  assert.equal(seen.size, 1, [...seen].join("\n"));
});

test("one forger does not push out the rejections of others", () => {
  const kept = new Rejections(new Secrets([SECRET]), () => A_DAY_MS);
  const refused = (requestId: string, address: string): void =>
    kept.add({
      requestId,
      address,
      status: 401,
      reason: "",
      messageId: undefined,
      body: null,
      signature: undefined,
    });
  for (let count = 0; count < 10; count += 1) refused(`honest-${count}`, "192.0.2.1");
  for (let count = 0; count < 5_000; count += 1)
    refused(`forged-${count}`, `2001:db8::${count.toString(16)}`);
  for (let count = 0; count < 900; count += 1) refused(`other-${count}`, `198.51.100.${count % 50}`);
  const { data, total } = kept.last(1_000);
  assert.equal(total, 1_000);
  const ofForger = data.filter(({ request_id }) => request_id.startsWith("forged"));
  assert.equal(data.filter(({ request_id }) => request_id.startsWith("honest")).length, 10);
  assert.equal(ofForger.length, 90);
  assert.equal(ofForger[0]?.request_id, "forged-4999", "his last ones are kept");
  assert.equal(data[0]?.request_id, "other-899", "the last one first");
});

test("the rejections of one address alone are the last 1,000, and after a week none", () => {
  let now = A_DAY_MS;
  const kept = new Rejections(new Secrets([SECRET]), () => now);
  for (let count = 0; count < 1_500; count += 1) {
    kept.add({
      requestId: String(count),
      address: "::1",
      status: 422,
      reason: "",
      messageId: "m",
      body: null,
      signature: undefined,
    });
  }
  assert.equal(kept.last(1).data[0]?.request_id, "1499");
  assert.equal(kept.last(1_000).data.at(-1)?.request_id, "500");
  now += 8 * A_DAY_MS;
  assert.deepEqual(kept.last(1_000), { data: [], total: 0 });
});

test("after a pause wrong ones are looked into again, as many as the pause gives, and never more than at first", () => {
  let now = 0;
  const wrong = new WrongSignatures(() => now);
  const within = (address: string): number => {
    let count = 0;
    while (wrong.take(address)) count += 1;
    return count;
  };
  assert.equal(within("192.0.2.1"), BURST);
  now += 10_000;
  assert.equal(within("192.0.2.1"), 200);
  now += A_DAY_MS;
  assert.equal(within("192.0.2.1"), BURST);
  assert.equal(within("192.0.2.2"), BURST, "each address for itself");
});

test("a network of IPv6 counts as one address, and an address of IPv4 as itself however it is written", () => {
  for (const [address, network] of [
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::FFFF:192.0.2.1", "192.0.2.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:DB8:0001:0002::", "2001:db8:1:2::/64"],
    ["2001:db8::5", "2001:db8:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["::", "0:0:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["64:ff9b::192.0.2.1", "64:ff9b:0:0::/64"],
    ["1:2:3:4:5:6:192.0.2.1", "1:2:3:4::/64"],
    ["1:2:3:4:5:6:7::", "1:2:3:4::/64"],
    ["unknown", "unknown"],
  ] as const) {
    assert.equal(networkOf(address), network, address);
  }
});

test("what is remembered of those who sign wrongly is bounded, however many addresses they have", () => {
  const wrong = new WrongSignatures(() => 0);
  for (let count = 0; count < 25_000; count += 1)
    wrong.take(`10.${count >> 16}.${(count >> 8) & 255}.${count & 255}`);
  const { addresses, addressesMax } = wrong.depth();
  assert.equal(addresses, addressesMax);
  assert.ok(addressesMax <= 10_000);
});

test("of what is limited nothing is kept in /rejections", async (t) => {
  const { url } = await startTestService(t);
  await forge(t, url, BURST * 2);
  const { data } = (await request(`${url}/rejections?limit=100`)).json as RejectionsAnswer;
  assert.ok(data.length > 0);
  assert.ok(data.every(({ status }) => status === 401));
});

test("a message that is rightly signed is never limited", async (t) => {
  const { url } = await startTestService(t);
  await forge(t, url, BURST * 2);
  const connection = await openRaw(t, url);
  const forged = rawHead("POST /webhook", ["X-Signature: 12", "Content-Length: 0"]);
  for (let count = 0; count < 50; count += 1) {
    await connection.send(forged + rawPost(sampleMessage({ message_id: `m${count}` })).toString());
    assert.notEqual((await connection.answer()).status, 200);
    assert.equal((await connection.answer()).text, '{"status":"ok"}');
  }
});
