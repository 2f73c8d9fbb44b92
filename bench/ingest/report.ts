import { mkdirSync, writeFileSync } from "node:fs";
import type { Machine } from "../machine.ts";
import { barPicture } from "../picture.ts";

/** Of one burst. Null where the server's process cannot be looked into. */
export interface Figures {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Microseconds of CPU a request, work put off until after the burst included. */
  readonly cpuUs: number | null;
  /** Bytes handed to the disk, a request. */
  readonly bytesWritten: number | null;
  /** Resident memory at the end of the burst. */
  readonly rssMiB: number | null;
}

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

type Row = { readonly connections: number; readonly server: string } & Readonly<
  Record<keyof Figures, Spread | null>
>;

/** Medians of the ratios taken round by round, so that a drift of the machine's speed cancels out. */
interface Ratios {
  readonly of_ceiling: number;
  readonly of_naive: number;
  readonly cpu_of_ceiling: number;
  readonly p99_of_ceiling: number;
  readonly ceiling_of_bare: number;
}

const SERVERS = ["bare", "ceiling", "lyftr", "naive"];

export interface Report {
  readonly machine: Machine;
  readonly command: string;
  readonly settings: object;
  readonly rows: readonly Row[];
  readonly ratios: Readonly<Record<string, Ratios>>;
}

/** `figures` by "connections server". */
export function summarize(figures: ReadonlyMap<string, readonly Figures[]>): Pick<Report, "rows" | "ratios"> {
  const rows = [...figures].map(([key, rounds]): Row => {
    const [connections = "", server = ""] = key.split(" ");
    return {
      connections: Number(connections),
      server,
      requestsPerSecond: spread(rounds.map((round) => round.requestsPerSecond)),
      p50Ms: spread(rounds.map((round) => round.p50Ms)),
      p99Ms: spread(rounds.map((round) => round.p99Ms)),
      cpuUs: spread(rounds.map((round) => round.cpuUs)),
      bytesWritten: spread(rounds.map((round) => round.bytesWritten)),
      rssMiB: spread(rounds.map((round) => round.rssMiB)),
    };
  });
  // Each round another server was the first; a reader wants them in one order.
  const place = ({ connections: count, server }: Row): number => count * 10 + SERVERS.indexOf(server);
  rows.sort((a, b) => place(a) - place(b));
  const connections = [...new Set(rows.map((row) => String(row.connections)))];
  return { rows, ratios: Object.fromEntries(connections.map((count) => [count, ratiosAt(count, figures)])) };
}

function ratiosAt(connections: string, figures: ReadonlyMap<string, readonly Figures[]>): Ratios {
  const ratio = (a: string, b: string, of: (round: Figures) => number | null): number => {
    const others = figures.get(`${connections} ${b}`) ?? [];
    const values = (figures.get(`${connections} ${a}`) ?? []).map((round, index) => {
      const other = others[index];
      return (of(round) ?? Number.NaN) / ((other && of(other)) ?? Number.NaN);
    });
    return Math.round((spread(values)?.median ?? Number.NaN) * 1000) / 1000;
  };
  const rate = (round: Figures): number => round.requestsPerSecond;
  return {
    of_ceiling: ratio("lyftr", "ceiling", rate),
    of_naive: ratio("lyftr", "naive", rate),
    cpu_of_ceiling: ratio("lyftr", "ceiling", (round) => round.cpuUs),
    p99_of_ceiling: ratio("lyftr", "ceiling", (round) => round.p99Ms),
    ceiling_of_bare: ratio("ceiling", "bare", rate),
  };
}

export function spread(values: readonly (number | null)[]): Spread | null {
  const sorted = values.filter((value) => value !== null).toSorted((a, b) => a - b);
  const [min, max, median] = [sorted[0], sorted.at(-1), sorted[Math.floor(sorted.length / 2)]];
  return min === undefined || max === undefined || median === undefined ? null : { median, min, max };
}

/** bench/results/NAME.json, and a picture of its rates beside it. */
export function saveReport(name: string, report: Report): void {
  const place = new URL(`../results/${name}`, import.meta.url);
  mkdirSync(new URL(".", place), { recursive: true });
  writeFileSync(`${place.pathname}.json`, `${JSON.stringify(report, null, 2)}\n`);
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
  writeFileSync(`${place.pathname}.svg`, barPicture(bars, report.machine));
}

export function printTable({ machine, settings, rows, ratios }: Report): void {
  console.log(`\n${JSON.stringify(machine)}\n${JSON.stringify(settings)}`);
  console.table(
    rows.map((row) => ({
      connections: row.connections,
      server: row.server,
      "req/s": show(row.requestsPerSecond, 0),
      "p50 ms": show(row.p50Ms, 2),
      "p99 ms": show(row.p99Ms, 2),
      "CPU µs/req": show(row.cpuUs, 1),
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
