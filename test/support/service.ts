import { join } from "node:path";
import type { TestContext } from "node:test";
import { type Access, LOOPBACK_ACCESS } from "../../src/access.ts";
import type { StoreLocation } from "../../src/store-location.ts";
import { createLogTo } from "../../src/log.ts";
import { type Service, startService } from "../../src/main.ts";
import { SECRET } from "./sample.ts";
import { tempFolder } from "./temp.ts";

export interface TestService extends Service {
  /** The log lines so far, parsed. */
  logs(): Record<string, unknown>[];
  readonly databasePath: string;
}

interface Options {
  readonly secrets?: readonly string[];
  readonly access?: Access;
  readonly trustedProxies?: readonly string[];
  readonly connectionsMax?: number;
  readonly pagePath?: string;
  readonly databasePath?: string;
  /** Another place than a file. */
  readonly store?: StoreLocation;
  readonly readTimeoutMs?: number;
  readonly retentionDays?: number;
}

/** The whole service, wired as the program wires it, on any free port and a file of its own; closed with the test. */
export async function startTestService(t: TestContext, options: Options = {}): Promise<TestService> {
  const databasePath = options.databasePath ?? join(tempFolder(t), "app.db");
  const lines: string[] = [];
  const log = createLogTo({ write: (line) => void lines.push(line) }, "info");
  const service = await startService(
    {
      secrets: options.secrets ?? [SECRET],
      access: options.access ?? LOOPBACK_ACCESS,
      trustedProxies: options.trustedProxies ?? [],
      connectionsMax: options.connectionsMax ?? 4_000,
      pagePath: options.pagePath ?? "/",
      store: options.store ?? { engine: "sqlite", path: databasePath },
      host: "127.0.0.1",
      port: 0,
      logLevel: "info",
      readTimeoutMs: options.readTimeoutMs ?? 60_000,
      readConnections: undefined,
      tracing: undefined,
      retentionDays: options.retentionDays,
      dedupeDays: undefined,
    },
    log,
  );
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= service.close());
  t.after(close);
  const logs = (): Record<string, unknown>[] =>
    lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  return { url: service.url, secrets: service.secrets, close, logs, databasePath };
}
