/** Who may ask for what: API tokens, each with a name and a role. What a token is allowed is decided in http/guard.ts. */
import { InvalidSetting } from "./invalid-setting.ts";

/** From the least to the most: each may do what those before it may. */
export const ROLES = ["read", "admin"] as const;
export type Role = (typeof ROLES)[number];

export type OpenTo = "loopback" | "local" | "everybody";

export interface ApiToken {
  /** Stands in the log beside what was asked with it. */
  readonly name: string;
  readonly role: Role;
  readonly token: string;
}

export interface Access {
  /** With none, reads need none either. */
  readonly tokens: readonly ApiToken[];
  /**
   * Who may read without tokens.
   *
   * loopback  whoever asks on this machine, and not through a proxy
   * local     whoever asks as this machine is asked, through whatever publishes the port to it alone
   * everybody  whoever reaches the port
   */
  readonly openTo: OpenTo;
  /** GET /metrics needs no token. */
  readonly areMetricsOpen: boolean;
}

/** What holds on the loopback address when nothing is set. */
export const LOOPBACK_ACCESS: Access = Object.freeze({
  tokens: [],
  openTo: "loopback",
  areMetricsOpen: false,
});

/** As many characters of base64 hold 96 bits, which nobody guesses. */
const TOKEN_CHARACTERS_MIN = 16;
/** Well within the head of a request. */
const TOKEN_CHARACTERS_MAX = 512;
const NAME = /^[\w.-]{1,64}$/;
/** What RFC 6750 §2.1 lets a Bearer token be. */
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;
const LOOPBACK = /^(?:127\.\d+\.\d+\.\d+|::1|localhost)$/;

/** What READ_ACCESS may say. */
const READ_ACCESS: Readonly<Record<string, OpenTo>> = { local: "local", public: "everybody" };

const FORM = `must be a list of name:role:token, with commas or spaces between; role is ${ROLES.join(" or ")}`;

/** What is wrong with an entry is told by its number: it may hold a token. Throws InvalidSetting. */
export function parseTokens(value: string): readonly ApiToken[] {
  const tokens = value.split(/[\s,]+/).filter((entry) => entry !== "");
  const parsed = tokens.map((entry, index) => parseToken(entry, `entry ${index + 1}`));
  for (const member of ["name", "token"] as const) {
    if (new Set(parsed.map((token) => token[member])).size < parsed.length) {
      throw new InvalidSetting(`two entries have the same ${member}`);
    }
  }
  return Object.freeze(parsed);
}

/** Throws InvalidSetting. */
export function parseReadAccess(value: string): OpenTo {
  const word = value.toLowerCase();
  const openTo = Object.hasOwn(READ_ACCESS, word) ? READ_ACCESS[word] : undefined;
  if (openTo !== undefined) return openTo;
  throw new InvalidSetting(`must be ${Object.keys(READ_ACCESS).join(", ")} or empty, not "${value}"`);
}

/** Whether only this machine reaches what listens there. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

function parseToken(entry: string, where: string): ApiToken {
  const [name = "", role = "", ...rest] = entry.split(":");
  const token = rest.join(":");
  const known = ROLES.find((one) => one === role);
  if (!NAME.test(name) || known === undefined) throw new InvalidSetting(`${where}: ${FORM}`);
  if (token.length < TOKEN_CHARACTERS_MIN || token.length > TOKEN_CHARACTERS_MAX || !TOKEN.test(token)) {
    throw new InvalidSetting(
      `${where}: the token must be ${TOKEN_CHARACTERS_MIN} to ${TOKEN_CHARACTERS_MAX} letters, digits, . _ ~ + / or -; ` +
        "make one with: openssl rand -hex 32",
    );
  }
  return Object.freeze({ name, role: known, token });
}
