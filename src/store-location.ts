/** DATABASE_URL, and what is written like it: which engine keeps the messages, and where. */
import { InvalidSetting } from "./invalid-setting.ts";
import { splitTls } from "./postgres-tls.ts";
import { shownUrl, splitHosts } from "./postgres-url.ts";

/** Where the messages are kept. */
export type StoreLocation =
  | {
      readonly engine: "sqlite";
      /** Path of the database file, relative to the working folder or absolute. */
      readonly path: string;
    }
  | {
      readonly engine: "postgres";
      /** With what PGSSLMODE and its like say. May hold a password: shown only as shownUrl() makes it. */
      readonly url: string;
    };

export const DEFAULT_DATABASE_URL = "sqlite:///data/app.db";
/** As SQLAlchemy writes it: three slashes before a relative path, so four before an absolute one. */
const SQLITE_PREFIX = "sqlite:///";
const POSTGRES_SCHEME = /^postgres(?:ql)?:/;
const POSTGRES_FORM = "postgres://user:password@host:5432/database, each part percent-encoded";

export function isOfPostgres(url: string): boolean {
  return POSTGRES_SCHEME.test(url);
}

/** Throws InvalidSetting. */
export function parseDatabaseUrl(value: string): StoreLocation {
  if (isOfPostgres(value)) {
    // The URL is not repeated: it may hold a password.
    if (splitHosts(value) === null) throw new InvalidSetting(`must be ${POSTGRES_FORM}`);
    splitTls(value);
    return { engine: "postgres", url: value };
  }
  const path = value.slice(SQLITE_PREFIX.length);
  if (!value.startsWith(SQLITE_PREFIX) || path === "" || path.endsWith("/") || path.includes("\0")) {
    throw new InvalidSetting(
      `must be sqlite:///relative/file.db, sqlite:////absolute/file.db or ${POSTGRES_FORM}`,
    );
  }
  if (/^(?::memory:|file:)/i.test(path)) {
    throw new InvalidSetting("must name a file by its path: one in memory would lose every message");
  }
  return { engine: "sqlite", path };
}

/** Where the messages are kept, for people and logs: without a password. */
export function shownLocation(location: StoreLocation): string {
  return location.engine === "sqlite" ? location.path : shownUrl(location.url);
}
