import { isLoopback } from "../access.ts";
import type { Config } from "../config.ts";
import { counted } from "../counted.ts";
import { fail, type Finding, ok, warn } from "../finding.ts";

/** What stands in the README and in other people's samples. */
const SAMPLES = new Set(["testsecret", "secret", "changeme", "change-me", "password", "test", "example"]);
/** Of 22 letters and digits nobody tries them all: 128 bits. Shorter ones are found out from one signed message. */
const SECRET_CHARACTERS_MIN = 22;
const MAKE_ONE = "make one with: openssl rand -hex 32";

export function* examineSecrets({ secrets, host }: Config): Generator<Finding> {
  for (const [index, secret] of secrets.entries()) {
    yield examineSecret(index === 0 ? "WEBHOOK_SECRET" : "WEBHOOK_SECRET_PREVIOUS", secret, host);
  }
  if (secrets.length < 2) return;
  if (secrets[0] === secrets[1]) {
    const says = "it is the same as WEBHOOK_SECRET";
    yield warn(
      "WEBHOOK_SECRET_PREVIOUS",
      says,
      "set the new secret in WEBHOOK_SECRET, or leave this one out",
    );
  } else {
    const advice = `leave it out once webhook_signatures_total{secret="previous"} no longer grows`;
    yield warn("WEBHOOK_SECRET_PREVIOUS", "whoever knows the old secret can still sign messages", advice);
  }
}

function examineSecret(name: string, secret: string, host: string): Finding {
  if (SAMPLES.has(secret.toLowerCase())) {
    const says = "it is one of those that stand in samples: anybody who reaches the port can forge messages";
    return isLoopback(host) ? warn(name, says, MAKE_ONE) : fail(name, says, MAKE_ONE);
  }
  const characters = Array.from(secret).length;
  if (secret !== secret.trim()) {
    return warn(name, "it begins or ends with white space, which is signed with", "have no space around it");
  }
  if (characters < SECRET_CHARACTERS_MIN) {
    const says = `it has ${counted(characters, "character")}: who sees one signed message can try them all`;
    return warn(name, says, MAKE_ONE);
  }
  return ok(name, `it has ${characters} characters`);
}
