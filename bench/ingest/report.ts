import { barPicture } from "../picture.ts";
import type { ServerSettings } from "../postgres/server.ts";
import { type Run, saveResult } from "../result.ts";
import type { Engine } from "./candidates.ts";
import type { Figures } from "./figures.ts";
import { RATIOS, SERVERS } from "./ratios.ts";

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

type Row = { readonly connections: number; readonly server: string } & Readonly<
  Record<keyof Figures, Spread | null>
>;

export interface Report extends Run {
  readonly settings: object;
  /** What the database server says of itself; null without one. */
  readonly database: ServerSettings | null;
  readonly rows: readonly Row[];
  readonly ratios: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** `figures` by "connections server". */
export function summarize(
  figures: ReadonlyMap<string, readonly Figures[]>,
  engine: Engine,
): Pick<Report, "rows" | "ratios"> {
  const rows = [...figures].map(([key, rounds]): Row => {
    const [connections = "", server = ""] = key.split(" ");
    return {
      connections: Number(connections),
      server,
      requestsPerSecond: spread(rounds.map((round) => round.requestsPerSecond)),
      p50Ms: spread(rounds.map((round) => round.p50Ms)),
      p99Ms: spread(rounds.map((round) => round.p99Ms)),
      cpuUs: spread(rounds.map((round) => round.cpuUs)),
      databaseCpuUs: spread(rounds.map((round) => round.databaseCpuUs)),
      bytesWritten: spread(rounds.map((round) => round.bytesWritten)),
      rssMiB: spread(rounds.map((round) => round.rssMiB)),
    };
  });
  // Each round another server was the first; a reader wants them in one order.
  const place = ({ connections: count, server }: Row): number => count * 10 + SERVERS[engine].indexOf(server);
  rows.sort((a, b) => place(a) - place(b));
  const connections = [...new Set(rows.map((row) => String(row.connections)))];
  const ratios = connections.map((count) => [count, ratiosAt(count, figures, engine)]);
  return { rows, ratios: Object.fromEntries(ratios) as Report["ratios"] };
}

function ratiosAt(
  connections: string,
  figures: ReadonlyMap<string, readonly Figures[]>,
  engine: Engine,
): Readonly<Record<string, number>> {
  const ratios = Object.entries(RATIOS[engine]).map(([name, { server, of, figure }]): [string, number] => {
    const others = figures.get(`${connections} ${of}`) ?? [];
    const values = (figures.get(`${connections} ${server}`) ?? []).map((round, index) => {
      const other = others[index];
      return (figure(round) ?? Number.NaN) / ((other && figure(other)) ?? Number.NaN);
    });
    return [name, Math.round((spread(values)?.median ?? Number.NaN) * 1000) / 1000];
  });
  return Object.fromEntries(ratios);
}

export function spread(values: readonly (number | null)[]): Spread | null {
  const sorted = values.filter((value) => value !== null).toSorted((a, b) => a - b);
  const [min, max, median] = [sorted[0], sorted.at(-1), sorted[Math.floor(sorted.length / 2)]];
  return min === undefined || max === undefined || median === undefined ? null : { median, min, max };
}

/** bench/results/NAME.json, and a picture of its rates beside it. */
export function saveReport(name: string, report: Report): void {
  const servers = [...new Set(report.rows.map(({ server }) => server))];
  const connections = [...new Set(report.rows.map((row) => row.connections))];
  const rate = (server: string, count: number): number | null =>
    report.rows.find((row) => row.server === server && row.connections === count)?.requestsPerSecond
      ?.median ?? null;
  const bars = {
    title: "Messages acknowledged a second",
    subtitle: report.command,
    groups: connections.map((count) => `${count} connections`),
    series: servers.map((name) => ({ name, values: connections.map((count) => rate(name, count)) })),
  };
  saveResult(name, report, barPicture(bars, report.machine, report.database?.version));
}

export function printTable({ machine, settings, database, rows, ratios }: Report): void {
  console.log(`\n${JSON.stringify(machine)}\n${JSON.stringify(settings)}`);
  if (database !== null) console.log(`PostgreSQL ${database.version} ${JSON.stringify(database.settings)}`);
  console.table(
    rows.map((row) => ({
      connections: row.connections,
      server: row.server,
      "req/s": show(row.requestsPerSecond, 0),
      "p50 ms": show(row.p50Ms, 2),
      "p99 ms": show(row.p99Ms, 2),
      "CPU µs/req": show(row.cpuUs, 1),
      ...(database === null ? {} : { "database CPU µs/req": show(row.databaseCpuUs, 1) }),
      "written B/req": show(row.bytesWritten, 0),
      "RSS MiB": show(row.rssMiB, 0),
    })),
  );
  console.table(ratios);
}

/** `median (min to max)` */
function show(value: Spread | null, digits: number): string {
  if (value === null) return "-";
  return `${value.median.toFixed(digits)} (${value.min.toFixed(digits)} to ${value.max.toFixed(digits)})`;
}
