/**
 * TLS to PostgreSQL, said in the connection URL or the environment and meant as libpq means it (libpq-ssl, "SSL Support"): the
 * driver would read `require` and `verify-ca` as `verify-full`, warn of that on stderr, and never go without TLS where it may.
 */
import { InvalidSetting } from "./invalid-setting.ts";

/**
 * disable      without TLS
 * allow        without, or with where the server demands it
 * prefer       with, or without where the server has none
 * require      with, and nobody is asked who the server is; with sslrootcert as verify-ca, as libpq has it
 * verify-ca    the server's certificate is of the authority, whatever host it names
 * verify-full  it also names the host
 */
const MODES = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] as const;
type TlsMode = (typeof MODES)[number];

const NEGOTIATIONS = ["postgres", "direct"] as const;

/** Parameters of the URL, with the variables that say what it leaves out (libpq-envars). */
export const TLS_VARIABLES = [
  ["sslmode", "PGSSLMODE"],
  ["sslnegotiation", "PGSSLNEGOTIATION"],
  ["sslrootcert", "PGSSLROOTCERT"],
  ["sslcert", "PGSSLCERT"],
  ["sslkey", "PGSSLKEY"],
] as const;

/** Not `ssl` alone, which is another spelling of sslmode=require there. */
const KNOWN: readonly string[] = [...TLS_VARIABLES.map(([name]) => name), "sslpassword"];

export interface PostgresTls {
  readonly mode: TlsMode;
  /** direct: the handshake comes first, without asking whether there is TLS; for servers from 17 on, and proxies. */
  readonly negotiation: (typeof NEGOTIATIONS)[number];
  /** Path of the certificates of the authority; `system` for those of the operating system. */
  readonly rootCertificate: string | undefined;
  /** Paths of what this side shows of itself. */
  readonly certificate: string | undefined;
  readonly key: string | undefined;
  /** Of the key. */
  readonly password: string | undefined;
}

/** The URL with a parameter more, unless it says that one itself. */
export function withTlsParameter(url: string, name: string, value: string): string {
  const said = split(url).parameters;
  if (said.has(name) || (name === "sslmode" && said.has("ssl"))) return url;
  return `${url}${url.includes("?") ? "&" : "?"}${name}=${encodeURIComponent(value)}`;
}

/** The URL without what it says of TLS, and what it says. Throws InvalidSetting. */
export function splitTls(url: string): { url: string; tls: PostgresTls } {
  const { rest, parameters } = split(url);
  for (const [name, value] of parameters) checkTlsParameter(name, value);
  const rootCertificate = parameters.get("sslrootcert");
  const unsaid = rootCertificate === "system" ? "verify-full" : "prefer";
  const said = parameters.get("sslmode") ?? (parameters.has("ssl") ? "require" : unsaid);
  const tls: PostgresTls = {
    mode: oneOf(MODES, "sslmode", said),
    negotiation: oneOf(NEGOTIATIONS, "sslnegotiation", parameters.get("sslnegotiation") ?? "postgres"),
    rootCertificate,
    certificate: parameters.get("sslcert"),
    key: parameters.get("sslkey"),
    password: parameters.get("sslpassword"),
  };
  requireSense(tls);
  return { url: rest, tls };
}

/** One parameter by itself. Throws InvalidSetting. */
export function checkTlsParameter(name: string, value: string): void {
  if (name === "sslmode") oneOf(MODES, name, value);
  else if (name === "sslnegotiation") oneOf(NEGOTIATIONS, name, value);
  else if (name === "ssl") oneOf(["true"], name, value);
  // What would have made the connection safer must not be passed over.
  else if (!KNOWN.includes(name))
    throw new InvalidSetting(`${name} is not known: of TLS ${KNOWN.join(", ")} are`);
  else if (value === "") throw new InvalidSetting(`${name} is empty`);
}

/** Refuses what would look safe, or complete, and is not. */
function requireSense({ mode, negotiation, rootCertificate, certificate, key }: PostgresTls): void {
  if (mode === "disable") return;
  const isDemanded = mode !== "allow" && mode !== "prefer";
  const problems: readonly (readonly [boolean, string])[] = [
    [
      rootCertificate === "system" && mode !== "verify-full",
      "sslrootcert=system needs sslmode=verify-full: anybody has a certificate of those",
    ],
    [
      rootCertificate !== undefined && !isDemanded,
      `sslrootcert checks nothing with sslmode=${mode}: say sslmode=verify-full`,
    ],
    [
      rootCertificate === undefined && mode === "verify-ca",
      "sslmode=verify-ca needs sslrootcert: anybody has a certificate of a public authority",
    ],
    [
      negotiation === "direct" && !isDemanded,
      `sslnegotiation=direct needs sslmode=require or more, not ${mode}`,
    ],
    [(certificate === undefined) !== (key === undefined), "sslcert and sslkey belong together"],
  ];
  for (const [isWrong, problem] of problems) if (isWrong) throw new InvalidSetting(problem);
}

function oneOf<T extends string>(allowed: readonly T[], name: string, value: string): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw new InvalidSetting(`${name}=${value} is none of ${allowed.join(", ")}`);
  return found;
}

/** Of a parameter that is there twice the last counts, as in libpq. */
function split(url: string): { rest: string; parameters: ReadonlyMap<string, string> } {
  const [place = "", ...query] = url.split("?");
  const pairs = query.join("?").split("&");
  const isOfTls = (pair: string): boolean => /^ssl/i.test(pair);
  const parameters = new Map(pairs.filter(isOfTls).map((pair) => pairOf(pair)));
  const others = pairs.filter((pair) => pair !== "" && !isOfTls(pair));
  return { rest: others.length === 0 ? place : `${place}?${others.join("&")}`, parameters };
}

function pairOf(pair: string): [string, string] {
  const [name = "", ...value] = pair.split("=");
  try {
    return [name, decodeURIComponent(value.join("="))];
  } catch {
    // Not repeated: it may be the password of the key.
    throw new InvalidSetting(`${name} is not percent-encoded`);
  }
}
