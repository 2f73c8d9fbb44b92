/** The environment becomes a frozen Config here and nowhere else. All wrong settings are reported together, by name. */
import { existsSync, readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { type Access, isLoopback, parseReadAccess, parseTokens } from "./access.ts";
import { InvalidSetting } from "./invalid-setting.ts";
import { parsePagePath } from "./page-path.ts";
import { type Environment, parseInteger, parseWord, Settings } from "./settings.ts";
import type { StoreLocation } from "./store-location.ts";
import { readTracing, type TracingSettings } from "./tracing-settings.ts";
import { parseTrustedProxies } from "./trust-proxy.ts";

const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface Config {
  /** The signing secrets that are accepted, the current one first. */
  readonly secrets: readonly string[];
  readonly access: Access;
  /** Whose X-Forwarded-For is believed; with none, nobody's. */
  readonly trustedProxies: readonly string[];
  /** Connections open at once; fewer where the system lets the process open fewer files. */
  readonly connectionsMax: number;
  /** Where the inbox page is, with a slash at its end. */
  readonly pagePath: string;
  readonly store: StoreLocation;
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly logLevel: LogLevel;
  /** A read that takes longer is stopped. */
  readonly readTimeoutMs: number;
  /** Reads at once on a database server; undefined leaves it to the engine. */
  readonly readConnections: number | undefined;
  /** Undefined: nothing is traced. */
  readonly tracing: TracingSettings | undefined;
  /** Messages older than so many days are erased; undefined keeps them for ever. */
  readonly retentionDays: number | undefined;
  /** For how many days the id of an erased message stays known; undefined for ever. */
  readonly dedupeDays: number | undefined;
}

/** What the command line needs to talk to a running service. */
export interface ClientConfig {
  /** Undefined when WEBHOOK_SECRET is not set: only signing needs it. */
  readonly secret: string | undefined;
  /** Undefined when API_TOKEN is not set: the service may ask for none. */
  readonly token: string | undefined;
  readonly url: string;
}

/** Each takes some 20 KB, and up to 64 KiB more while a body comes in: 320 MB at the very most, from whoever reaches the port. */
const DEFAULT_CONNECTIONS = 4_000;
/** Fewer than a browser and a few senders open would be no service. */
const CONNECTIONS_MIN = 16;
const CONNECTIONS_MAX = 100_000;

const DEFAULT_PAGE_PATH = "/";
const DEFAULT_HOST = "127.0.0.1";
const DEFAULT_PORT = 8000;
const PORT_MAX = 65_535;
/** Far beyond what a read takes that is worth waiting for, and still what a person waits for. */
const DEFAULT_READ_TIMEOUT_MS = 5_000;
/** Below this, reads on a busy machine would be stopped that are not slow. */
const READ_TIMEOUT_MS_MIN = 100;
/** Ten minutes: who asks for more wants none, and a read that nobody waits for would hold up the others. */
const READ_TIMEOUT_MS_MAX = 600_000;
/** As many as a server takes by default from everybody together. */
const READ_CONNECTIONS_MAX = 100;

/** A hundred years: whoever keeps messages longer wants to keep them. */
const DAYS_MAX = 36_500;

/** The process's environment, laid over what `.env` in the working folder says. */
export function readEnvironment(): Environment {
  return { ...(existsSync(".env") ? parseEnv(readFileSync(".env", "utf8")) : {}), ...process.env };
}

/** OpenTelemetry's SDK reads its settings from the process itself: what `.env` says of them is put there. */
export function shareWithSdk({ variables }: TracingSettings): void {
  Object.assign(process.env, variables);
}

/**
 * The service's settings.
 * Throws AppError `cannot_start` whose detail has a line for each wrong setting, by name.
 */
export function readConfig(environment: Environment): Config {
  const settings = new Settings(environment);
  const host = settings.read("HOST", DEFAULT_HOST, String);
  const config: Config = {
    secrets: secretsOf(settings),
    access: readAccess(settings, host),
    trustedProxies: settings.read("TRUST_PROXY", [], parseTrustedProxies),
    connectionsMax: settings.read("CONNECTIONS_MAX", DEFAULT_CONNECTIONS, parseConnections),
    pagePath: settings.read("PAGE_PATH", DEFAULT_PAGE_PATH, parsePagePath),
    store: settings.readStore(),
    host,
    port: settings.read("PORT", DEFAULT_PORT, parsePort),
    readTimeoutMs: settings.read("READ_TIMEOUT_MS", DEFAULT_READ_TIMEOUT_MS, parseReadTimeout),
    readConnections: settings.read("DATABASE_READ_CONNECTIONS", undefined, parseReadConnections),
    retentionDays: settings.read("RETENTION_DAYS", undefined, parseDays),
    dedupeDays: settings.read("DEDUPE_DAYS", undefined, parseDays),
    logLevel: settings.read("LOG_LEVEL", "info", parseLogLevel),
    tracing: readTracing(settings, environment),
  };
  settings.throwIfRefused();
  return Object.freeze(config);
}

/** The secrets alone, for a service that runs. Throws as readConfig does. */
export function readSecrets(environment: Environment): readonly string[] {
  const settings = new Settings(environment);
  const secrets = secretsOf(settings);
  settings.throwIfRefused();
  return secrets;
}

function secretsOf(settings: Settings): readonly string[] {
  const secret = settings.read("WEBHOOK_SECRET", "", String);
  if (secret === "") settings.refuse("WEBHOOK_SECRET", "is required; the senders sign with it (HMAC-SHA256)");
  const previous = settings.read("WEBHOOK_SECRET_PREVIOUS", "", String);
  return Object.freeze(previous === "" ? [secret] : [secret, previous]);
}

/** On an address that others reach, reads without a token have to be meant. */
function readAccess(settings: Settings, host: string): Access {
  const tokens = settings.read("API_TOKENS", [], parseTokens);
  const openTo = settings.read("READ_ACCESS", "loopback", parseReadAccess);
  const areMetricsOpen = settings.read("METRICS_ACCESS", false, (value) => parseWord(value, "public"));
  if (tokens.length === 0 && openTo === "loopback" && !isLoopback(host)) {
    const words =
      "READ_ACCESS=local where the port is published to this machine alone, or =public if all may read";
    settings.refuse(
      "HOST",
      `"${host}" is reached by others, who could read every message: set API_TOKENS, ${words}`,
    );
  }
  return Object.freeze({ tokens, openTo, areMetricsOpen });
}

/** Where the service's data lies, for who needs no other setting. Throws as readConfig does. */
export function readStoreLocation(environment: Environment): StoreLocation {
  const settings = new Settings(environment);
  const store = settings.readStore();
  settings.throwIfRefused();
  return store;
}

/** From where to where messages are moved, each given by flag as DATABASE_URL is. Throws as readConfig does. */
export function readMove(
  from: string,
  to: string,
  environment: Environment,
): { from: StoreLocation; to: StoreLocation } {
  const settings = new Settings({ ...environment, "--from": from, "--to": to });
  // An empty value counts as not set, and here nothing may be taken for granted.
  if (from === "") settings.refuse("--from", "is empty");
  if (to === "") settings.refuse("--to", "is empty");
  const move = { from: settings.readStore("--from"), to: settings.readStore("--to") };
  settings.throwIfRefused();
  return move;
}

/** What the command line's clients need; `url` is what was given by flag. Throws as readConfig does. */
export function readClientConfig(environment: Environment, url: string | undefined): ClientConfig {
  const settings = new Settings(environment);
  const host = settings.read("HOST", DEFAULT_HOST, String);
  const port = settings.read("PORT", DEFAULT_PORT, parsePort);
  const secret = settings.read("WEBHOOK_SECRET", undefined, String);
  const token = settings.read("API_TOKEN", undefined, String);
  if (url !== undefined && !/^https?:$/.test(URL.parse(url)?.protocol ?? "")) {
    settings.refuse("--url", `must be an http or https URL, not "${url}"`);
  }
  settings.throwIfRefused();
  return { secret, token, url: (url ?? serviceUrl(host, port)).replace(/\/+$/, "") };
}

/** `http://host:port`, with an IPv6 address in brackets, and a wildcard address as the loopback that reaches it. */
export function serviceUrl(host: string, port: number): string {
  const reachable = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return `http://${reachable.includes(":") ? `[${reachable}]` : reachable}:${port}`;
}

function parsePort(value: string): number {
  return parseInteger(value, "a port number", 0, PORT_MAX);
}

function parseConnections(value: string): number {
  return parseInteger(value, "a number of connections", CONNECTIONS_MIN, CONNECTIONS_MAX);
}

function parseReadTimeout(value: string): number {
  return parseInteger(value, "a number of milliseconds", READ_TIMEOUT_MS_MIN, READ_TIMEOUT_MS_MAX);
}

function parseReadConnections(value: string): number {
  return parseInteger(value, "a number of connections", 1, READ_CONNECTIONS_MAX);
}

function parseDays(value: string): number {
  return parseInteger(value, "a number of days", 1, DAYS_MAX);
}

function parseLogLevel(value: string): LogLevel {
  const level = LOG_LEVELS.find((name) => name === value.toLowerCase());
  if (level === undefined)
    throw new InvalidSetting(`must be one of ${LOG_LEVELS.join(", ")}, not "${value}"`);
  return level;
}
