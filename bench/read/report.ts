import type { Engine } from "../ingest/candidates.ts";
import { linePicture } from "../picture.ts";
import type { ServerSettings } from "../postgres/server.ts";
import { type Run, saveResult } from "../result.ts";
import type { Disturbance } from "./disturbance.ts";
import type { Subject } from "./measure.ts";
import { OF_SQLITE_MAX, type Target, TARGETS } from "./targets.ts";
import { medianMs, round, type Timing } from "./timing.ts";

/** By the label of the size, such as `10k`; null where the answer was refused. */
type BySize = Readonly<Record<string, number | null>>;

interface Row {
  readonly name: string;
  /** The warm median. */
  readonly ms: BySize;
  /** The first time since the server's start. */
  readonly cold_ms: BySize;
  /** The largest size's over the smallest's. */
  readonly growth: number | null;
  /** The peer's warm median at the largest size, and at each; null without a peer. */
  readonly peer_ms: number | null;
  readonly peer: BySize | null;
  /** How many times longer the peer takes. */
  readonly peer_ratio: BySize | null;
  /** On PostgreSQL: SQLite's warm median, and how many times that this is; null where it is not asked. */
  readonly sqlite: BySize | null;
  readonly of_sqlite: BySize | null;
  /** For 10 million messages; null where none is named. */
  readonly target_ms: number | null;
  readonly target_growth: number | null;
  /** At the largest size that was measured; on PostgreSQL, whether it is within twice SQLite's at every size. */
  readonly met: boolean | null;
}

/** Each list is in the order of the sizes. */
interface Measured {
  readonly engine: Engine;
  readonly services: readonly Subject[];
  /** Beside PostgreSQL. */
  readonly sqlites: readonly Subject[];
  readonly peers: readonly Subject[];
}

export interface Report extends Run {
  readonly settings: object;
  /** What the database server says of itself; null without one. */
  readonly database: ServerSettings | null;
  readonly questions: readonly Row[];
  /** After a clean stop, with all its indexes. */
  readonly file: {
    readonly bytes_a_message: BySize;
    readonly target: number | null;
    readonly met: boolean | null;
  };
  /** At the largest size; null in the quick form. */
  readonly disturbance: Disturbance | null;
}

export function rowsOf(measured: Measured): Row[] {
  return (measured.services[0]?.questions ?? []).map(({ name }) => rowOf(name, measured));
}

function rowOf(name: string, { engine, services, sqlites, peers }: Measured): Row {
  const ms = bySize(services, name, medianMs);
  const [smallest, largest] = [services[0]?.label ?? "", services.at(-1)?.label ?? ""];
  const growth = ratio(ms[largest], ms[smallest]);
  return {
    name,
    ms,
    cold_ms: bySize(services, name, (timing) => round(timing?.coldMs ?? Number.NaN)),
    growth,
    ...besidePeer(ms, peers.length === 0 ? null : bySize(peers, name, medianMs)),
    ...(engine === "sqlite"
      ? { sqlite: null, of_sqlite: null, ...besideTarget(ms[largest], growth, TARGETS[name]) }
      : besideSqlite(ms, bySize(sqlites, name, medianMs))),
  };
}

/** What was refused here and answered there is not within anything. */
export function besideSqlite(
  ms: BySize,
  sqlite: BySize,
): Pick<Row, "sqlite" | "of_sqlite" | "target_ms" | "target_growth" | "met"> {
  const ratios = Object.entries(sqlite).map(([label, figure]): [string, number | null] => [
    label,
    ratio(ms[label], figure),
  ]);
  const met = Object.entries(sqlite).every(
    ([label, figure]) => figure === null || (ms[label] ?? Infinity) <= OF_SQLITE_MAX * figure,
  );
  return { sqlite, of_sqlite: Object.fromEntries(ratios), target_ms: null, target_growth: null, met };
}

function besidePeer(ms: BySize, peer: BySize | null): Pick<Row, "peer_ms" | "peer" | "peer_ratio"> {
  if (peer === null) return { peer_ms: null, peer, peer_ratio: null };
  const ratios = Object.entries(peer).map(([label, figure]) => [label, ratio(figure, ms[label])]);
  return {
    peer_ms: Object.values(peer).at(-1) ?? null,
    peer,
    peer_ratio: Object.fromEntries(ratios) as BySize,
  };
}

function besideTarget(
  ms: number | null | undefined,
  growth: number | null,
  target: Target | undefined,
): Pick<Row, "target_ms" | "target_growth" | "met"> {
  if (target === undefined) return { target_ms: null, target_growth: null, met: null };
  const { ms: msMax, growth: growthMax = Infinity } = target;
  const met = typeof ms === "number" && ms <= msMax && growth !== null && growth <= growthMax;
  return { target_ms: msMax, target_growth: target.growth ?? null, met };
}

function bySize(
  subjects: readonly Subject[],
  name: string,
  figure: (timing: Timing | undefined) => number | null | undefined,
): BySize {
  return Object.fromEntries(subjects.map(({ label, timings }) => [label, figure(timings.get(name)) ?? null]));
}

function ratio(a: number | null | undefined, b: number | null | undefined): number | null {
  return typeof a === "number" && typeof b === "number" ? round(a / b) : null;
}

export function printTable({ machine, command, settings, database, questions, ...rest }: Report): void {
  console.log(`\n${command}\n${JSON.stringify(machine)}\n${JSON.stringify(settings)}`);
  if (database !== null) console.log(`PostgreSQL ${database.version} ${JSON.stringify(database.settings)}`);
  console.table(
    Object.fromEntries(
      questions.map((row) => {
        const largest = Object.keys(row.ms).at(-1) ?? "";
        const figures = Object.entries(row.ms).map(([label, ms]) => [`${label} ms`, ms ?? "refused"]);
        return [
          row.name,
          {
            ...Object.fromEntries(figures),
            [`${largest} cold`]: row.cold_ms[largest],
            growth: row.growth ?? "-",
            ...(row.sqlite === null
              ? { "target ms": target(row), met: row.met ?? "-" }
              : besideSqliteTable(row)),
            ...(row.peer && besideTable(row.peer, row.peer_ratio)),
          },
        ];
      }),
    ),
  );
  console.log(JSON.stringify(rest, null, 2));
}

function besideSqliteTable({ sqlite, of_sqlite, met }: Row): Record<string, number | string | null> {
  const figures = Object.entries(sqlite ?? {}).flatMap(([label, ms]) => [
    [`${label} SQLite`, ms ?? "refused"],
    [`${label} ×`, of_sqlite?.[label] ?? "-"],
  ]);
  return { ...(Object.fromEntries(figures) as Record<string, number | string>), met: met ? "" : "above" };
}

/** At the largest size that the peer has. */
function besideTable(peer: BySize, ratios: BySize | null): Record<string, number | null | undefined> {
  const largest = Object.keys(peer).at(-1) ?? "";
  return { [`peer ${largest}`]: peer[largest], "peer ×": ratios?.[largest] };
}

function target({ target_ms, target_growth }: Row): string {
  if (target_ms === null) return "-";
  return target_growth === null ? String(target_ms) : `${target_ms}, ${target_growth}×`;
}

/** bench/results/NAME.json, and a picture of the cost against the size beside it. */
export function saveReport(
  name: string,
  report: Report,
  sizes: readonly { label: string; messages: number }[],
): void {
  const lines = {
    title: "Milliseconds of a read, by messages stored",
    subtitle: report.command,
    xName: "messages",
    yName: "ms",
    xs: sizes.map(({ messages }) => messages),
    series: report.questions.map(({ name, ms }) => ({
      name,
      values: sizes.map(({ label }) => ms[label] ?? null),
    })),
  };
  saveResult(name, report, linePicture(lines, report.machine, report.database?.version));
}
