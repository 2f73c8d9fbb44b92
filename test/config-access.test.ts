import assert from "node:assert/strict";
import { test } from "node:test";
import { readConfig } from "../src/config.ts";
import { refusal, REQUIRED } from "./support/settings.ts";

const TOKEN = "0123456789abcdef";

test("on an address that others reach, the service needs tokens, or the word that everybody may read", () => {
  for (const HOST of ["0.0.0.0", "::", "10.0.0.1", "inbox.example", "127.evil.example"]) {
    assert.match(
      refusal({ ...REQUIRED, HOST }),
      /HOST: ".+" is reached by others.*API_TOKENS.*READ_ACCESS=local.*=public/,
    );
    readConfig({ ...REQUIRED, HOST, API_TOKENS: `a:read:${TOKEN}` });
    for (const READ_ACCESS of ["public", "local"]) readConfig({ ...REQUIRED, HOST, READ_ACCESS });
  }
  for (const HOST of ["127.0.0.1", "127.1.2.3", "::1", "localhost"]) readConfig({ ...REQUIRED, HOST });
});

test("a wrong list of tokens is told by the number of the entry, and never repeated", () => {
  for (const [API_TOKENS, problem] of [
    [`a:read:${TOKEN} b:${TOKEN}`, /API_TOKENS: entry 2: must be a list of name:role:token/],
    [`a:write:${TOKEN}`, /entry 1: must be a list/],
    [`:read:${TOKEN}`, /entry 1: must be a list/],
    ["a:read:short", /entry 1: the token must be 16 to 512/],
    [`a:read:${TOKEN}\u00e9`, /entry 1: the token must be/],
    [`a:read:${TOKEN},a:admin:x${TOKEN}`, /two entries have the same name/],
    [`a:read:${TOKEN},b:admin:${TOKEN}`, /two entries have the same token/],
  ] as const) {
    const said = refusal({ ...REQUIRED, API_TOKENS });
    assert.match(said, problem);
    assert.ok(!said.includes(TOKEN), said);
  }
  for (const READ_ACCESS of ["yes", "constructor"])
    assert.match(refusal({ ...REQUIRED, READ_ACCESS }), /READ_ACCESS: must be local, public or empty/);
});
