/** What may be said of TLS to PostgreSQL, in the URL and in the environment. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readConfig, readMove } from "../src/config.ts";
import { splitTls } from "../src/postgres-tls.ts";
import { isSocket } from "../src/postgres-url.ts";
import { refusal, REQUIRED } from "./support/settings.ts";

const URL = "postgres://user:hunter2@h/d";

function urlOf(environment: Readonly<Record<string, string>>): string {
  const { store } = readConfig({ ...REQUIRED, DATABASE_URL: URL, ...environment });
  return store.engine === "postgres" ? store.url : "";
}

test("parameters of TLS are told from the others, and the last of a name counts", () => {
  const { url, tls } = splitTls(
    `${URL}?sslmode=disable&application_name=a&sslcert=%2Fa%20b.crt&sslkey=k&sslpassword=p%26q&sslmode=verify-full`,
  );
  assert.equal(url, `${URL}?application_name=a`);
  assert.deepEqual(tls, {
    mode: "verify-full",
    negotiation: "postgres",
    rootCertificate: undefined,
    certificate: "/a b.crt",
    key: "k",
    password: "p&q",
  });
});

test("what nothing says is prefer, as in libpq; ssl=true is require, and the system's authorities are checked in full", () => {
  for (const [query, mode] of [
    ["", "prefer"],
    ["?ssl=true", "require"],
    ["?sslrootcert=system", "verify-full"],
  ] as const) {
    const { url, tls } = splitTls(URL + query);
    assert.deepEqual([url, tls.mode], [URL, mode]);
  }
});

test("the environment says what the URL leaves out, for every URL that is given", () => {
  const environment = { PGSSLMODE: "verify-ca", PGSSLROOTCERT: "/my ca.pem" };
  assert.equal(urlOf(environment), `${URL}?sslmode=verify-ca&sslrootcert=%2Fmy%20ca.pem`);
  assert.equal(
    urlOf({ ...environment, DATABASE_URL: `${URL}?sslmode=disable` }),
    `${URL}?sslmode=disable&sslrootcert=%2Fmy%20ca.pem`,
  );
  assert.equal(urlOf({ PGSSLMODE: "disable", DATABASE_URL: `${URL}?ssl=true` }), `${URL}?ssl=true`);
  assert.equal(urlOf({ PGSSLMODE: "" }), URL);
  assert.deepEqual(readMove("sqlite:///a.db", URL, { PGSSLMODE: "require" }).to, {
    engine: "postgres",
    url: `${URL}?sslmode=require`,
  });
});

test("what is wrong, or would look safer than it is, is refused by name and without a password", () => {
  const known = /none of disable, allow, prefer, require, verify-ca, verify-full/;
  for (const [query, problem] of [
    ["sslmode=verify_full", known],
    ["sslmode=", known],
    ["sslmode=no-verify", known],
    ["ssl=false", /ssl=false is none of true/],
    ["sslmode=require&sslcrl=/x", /sslcrl is not known/],
    ["SSLMODE=require", /SSLMODE is not known/],
    ["sslmode=require&sslrootcert=", /sslrootcert is empty/],
    ["sslmode=require&sslpassword=%hunter2", /sslpassword is not percent-encoded/],
    ["sslrootcert=/ca.pem", /sslrootcert checks nothing with sslmode=prefer: say sslmode=verify-full/],
    ["sslmode=verify-ca", /verify-ca needs sslrootcert/],
    ["sslmode=require&sslrootcert=system", /sslrootcert=system needs sslmode=verify-full/],
    ["sslmode=require&sslcert=/x", /sslcert and sslkey belong together/],
    ["sslnegotiation=direct", /sslnegotiation=direct needs sslmode=require or more/],
    ["sslmode=require&sslnegotiation=fast", /sslnegotiation=fast is none of postgres, direct/],
  ] as const) {
    const said = refusal({ ...REQUIRED, DATABASE_URL: `${URL}?${query}` });
    assert.match(said, problem, query);
    assert.match(said, /^ {2}DATABASE_URL: /m, query);
    assert.doesNotMatch(said, /hunter2/, query);
  }
  const said = refusal({ ...REQUIRED, DATABASE_URL: URL, PGSSLMODE: "on" });
  assert.match(said, /^ {2}PGSSLMODE: sslmode=on is none of/m);
  assert.doesNotMatch(said, /DATABASE_URL/);
  // Another program's variables are nothing to SQLite.
  assert.equal(readConfig({ ...REQUIRED, PGSSLMODE: "on" }).store.engine, "sqlite");
});

test("a socket is told from a host", () => {
  for (const url of ["postgres:///d?host=/run", "postgres://u@/d?a=b&host=%2Frun", "postgres://%2Frun/d"]) {
    assert.equal(isSocket(url), true, url);
  }
  for (const url of ["postgres://h/d", "postgres://u@h:5432/d?host=other", "postgres://h/d?a=/run"]) {
    assert.equal(isSocket(url), false, url);
  }
});
