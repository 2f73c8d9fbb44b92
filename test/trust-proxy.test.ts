/** TRUST_PROXY: only of the proxies that it names is X-Forwarded-For believed, in the log, in /rejections and where wrong signatures are counted. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { readConfig } from "../src/config.ts";
import type { RejectionsAnswer } from "../src/rejection-schemas.ts";
import { post, request } from "./support/client.ts";
import { eventually } from "./support/eventually.ts";
import { sampleMessage } from "./support/sample.ts";
import { startTestService } from "./support/service.ts";
import { refusal, REQUIRED } from "./support/settings.ts";

const FORGED = { "x-signature": "0".repeat(64) };
const OPEN = { tokens: [], openTo: "everybody", areMetricsOpen: false } as const;

/** What /rejections and the log say of where a forged request with this X-Forwarded-For came from. */
async function addressesOf(t: TestContext, trusted: readonly string[], forwarded: string): Promise<unknown> {
  const service = await startTestService(t, { trustedProxies: trusted, access: OPEN });
  await post(service.url, sampleMessage(), { ...FORGED, "x-forwarded-for": forwarded });
  const kept = await eventually("the rejection", async () => {
    const { json } = await request(`${service.url}/rejections`);
    return (json as RejectionsAnswer).data[0]?.address;
  });
  const line = service.logs().find(({ status }) => status === 401);
  return [kept, line?.["address"]];
}

test("without TRUST_PROXY nobody's X-Forwarded-For is believed", async (t) => {
  assert.deepEqual(await addressesOf(t, [], "203.0.113.7"), ["127.0.0.1", "127.0.0.1"]);
});

test("one that comes from another address than a trusted proxy's is not believed", async (t) => {
  assert.deepEqual(await addressesOf(t, ["10.0.0.0/8"], "203.0.113.7"), ["127.0.0.1", "127.0.0.1"]);
});

test("of a trusted proxy, the last address is believed that is no trusted proxy's; what stands before it is anybody's", async (t) => {
  for (const [forwarded, address] of [
    ["203.0.113.7", "203.0.113.7"],
    ["198.51.100.1, 203.0.113.7", "203.0.113.7"],
    ["198.51.100.1, 203.0.113.7, 10.1.2.3", "203.0.113.7"],
    ["2001:db8::1", "2001:db8::1"],
    ["10.1.2.3", "10.1.2.3"],
    ["not an address", "127.0.0.1"],
    ["203.0.113.7, \u00e9\u00e9", "127.0.0.1"],
    ["", "127.0.0.1"],
  ] as const) {
    const found = await addressesOf(t, ["loopback", "10.0.0.0/8"], forwarded);
    assert.deepEqual(found, [address, address], forwarded);
  }
});

test("a trusted proxy opens no reads: what it hands on without a token is refused as ever", async (t) => {
  const { url } = await startTestService(t, { trustedProxies: ["loopback"] });
  const answer = await request(`${url}/messages`, { headers: { "x-forwarded-for": "203.0.113.7" } });
  assert.equal(answer.status, 403);
});

test("TRUST_PROXY is a list of addresses, networks and words", () => {
  const given = "loopback, linklocal uniquelocal,10.0.0.0/8 192.0.2.1, 2001:db8::/32 ::1";
  const { trustedProxies } = readConfig({ ...REQUIRED, TRUST_PROXY: given });
  assert.deepEqual(trustedProxies, given.split(/[ ,]+/));
});

test("what would believe anybody, or a number of proxies, is refused with the reason", () => {
  for (const [wrong, reason] of [
    ["1", /a number of proxies is not taken/],
    ["0.0.0.0/0", /anybody could say/],
    ["::/0", /anybody could say/],
    ["true", /must be a list/],
    ["10.0.0.0/33", /must be a list/],
    ["10.0.0.0/", /must be a list|anybody/],
    ["10.0.0.0/8/8", /must be a list/],
    ["10.0.0.0/255.0.0.0", /must be a list/],
    ["fe80::1%eth0", /must be a list/],
    ["proxy.example", /must be a list/],
    ["loopback, 10.0.0", /must be a list/],
  ] as const) {
    const said = refusal({ ...REQUIRED, TRUST_PROXY: wrong });
    assert.match(said, /TRUST_PROXY: /, wrong);
    assert.match(said, reason, wrong);
  }
});
