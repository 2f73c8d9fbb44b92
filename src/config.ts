/** The environment becomes a frozen Config here and nowhere else. All wrong settings are reported together, by name. */
import { existsSync, readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { AppError } from "./errors.ts";

const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface StoreLocation {
  readonly engine: "sqlite";
  /** Path of the database file, relative to the working folder or absolute. */
  readonly path: string;
}

export interface Config {
  /** The signing secrets that are accepted, the current one first. */
  readonly secrets: readonly string[];
  readonly store: StoreLocation;
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly logLevel: LogLevel;
}

/** What the command line needs to talk to a running service. */
export interface ClientConfig {
  /** Undefined when WEBHOOK_SECRET is not set: only signing needs it. */
  readonly secret: string | undefined;
  readonly url: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULT_HOST = "127.0.0.1";
const DEFAULT_PORT = 8000;
const DEFAULT_DATABASE_URL = "sqlite:///data/app.db";
const PORT_MAX = 65_535;
/** As SQLAlchemy writes it: three slashes before a relative path, so four before an absolute one. */
const SQLITE_PREFIX = "sqlite:///";

/** The process's environment, laid over what `.env` in the working folder says. */
export function readEnvironment(): Environment {
  return { ...(existsSync(".env") ? parseEnv(readFileSync(".env", "utf8")) : {}), ...process.env };
}

/**
 * The service's settings. An empty value counts as not set.
 * Throws AppError `cannot_start` whose detail has a line for each wrong setting, by name.
 */
export function readConfig(environment: Environment): Config {
  const problems: string[] = [];
  const read = <T>(name: string, fallback: T, parse: (value: string) => T): T => {
    const value = environment[name];
    if (value === undefined || value === "") return fallback;
    try {
      return parse(value);
    } catch (error) {
      if (!(error instanceof InvalidSetting)) throw error;
      problems.push(`${name}: ${error.message}`);
      return fallback;
    }
  };

  const secret = read("WEBHOOK_SECRET", "", String);
  if (secret === "") problems.unshift("WEBHOOK_SECRET: is required; the senders sign with it (HMAC-SHA256)");
  const previous = read("WEBHOOK_SECRET_PREVIOUS", "", String);
  const config: Config = {
    secrets: Object.freeze(previous === "" ? [secret] : [secret, previous]),
    store: Object.freeze(read("DATABASE_URL", parseDatabaseUrl(DEFAULT_DATABASE_URL), parseDatabaseUrl)),
    host: read("HOST", DEFAULT_HOST, String),
    port: read("PORT", DEFAULT_PORT, parsePort),
    logLevel: read("LOG_LEVEL", "info", parseLogLevel),
  };
  if (problems.length > 0) throw new AppError("cannot_start", `wrong settings:\n  ${problems.join("\n  ")}`);
  return Object.freeze(config);
}

/** Where the command line finds the service: HOST and PORT, unless a `--url` was given. Throws as readConfig does. */
export function readClientConfig(environment: Environment, url: string | undefined): ClientConfig {
  const { host, port } = readConfig({
    WEBHOOK_SECRET: "unused",
    HOST: environment["HOST"],
    PORT: environment["PORT"],
  });
  return { secret: environment["WEBHOOK_SECRET"] || undefined, url: url ?? serviceUrl(host, port) };
}

/** `http://host:port`, with an IPv6 address in brackets, and a wildcard address as the loopback that reaches it. */
export function serviceUrl(host: string, port: number): string {
  const reachable = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return `http://${reachable.includes(":") ? `[${reachable}]` : reachable}:${port}`;
}

class InvalidSetting extends Error {}

function parsePort(value: string): number {
  const port = Number(value);
  if (!/^\d+$/.test(value) || port > PORT_MAX) {
    throw new InvalidSetting(`must be a port number from 0 to ${PORT_MAX}, not "${value}"`);
  }
  return port;
}

function parseLogLevel(value: string): LogLevel {
  const level = LOG_LEVELS.find((name) => name === value.toLowerCase());
  if (level === undefined)
    throw new InvalidSetting(`must be one of ${LOG_LEVELS.join(", ")}, not "${value}"`);
  return level;
}

function parseDatabaseUrl(value: string): StoreLocation {
  if (/^postgres(ql)?:/.test(value)) {
    // The URL is not repeated: it may hold a password.
    throw new InvalidSetting("this version has no PostgreSQL engine yet; use sqlite:///data/app.db");
  }
  const path = value.slice(SQLITE_PREFIX.length);
  if (!value.startsWith(SQLITE_PREFIX) || path === "" || path.endsWith("/") || path.includes("\0")) {
    throw new InvalidSetting("must be sqlite:///relative/file.db or sqlite:////absolute/file.db");
  }
  if (path.startsWith(":memory:")) {
    throw new InvalidSetting("a database in memory would lose every message; name a file");
  }
  return { engine: "sqlite", path };
}
