import { mkdirSync, writeFileSync } from "node:fs";
import type { Machine } from "../machine.ts";
import { linePicture } from "../picture.ts";
import type { Disturbance } from "./disturbance.ts";
import type { Subject } from "./measure.ts";
import { type Target, TARGETS } from "./targets.ts";
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
  /** For 10 million messages; null where none is named. */
  readonly target_ms: number | null;
  readonly target_growth: number | null;
  /** At the largest size that was measured. */
  readonly met: boolean | null;
}

export interface Report {
  readonly machine: Machine;
  readonly command: string;
  readonly settings: object;
  readonly questions: readonly Row[];
  /** After a clean stop, with all its indexes. */
  readonly file: { readonly bytes_a_message: BySize; readonly target: number; readonly met: boolean };
  /** At the largest size; null in the quick form. */
  readonly disturbance: Disturbance | null;
}

/** Each list is in the order of the sizes. */
export function rowsOf(services: readonly Subject[], peers: readonly Subject[]): Row[] {
  return (services[0]?.questions ?? []).map(({ name }) => rowOf(name, services, peers));
}

function rowOf(name: string, services: readonly Subject[], peers: readonly Subject[]): Row {
  const ms = bySize(services, name, medianMs);
  const [smallest, largest] = [services[0]?.label ?? "", services.at(-1)?.label ?? ""];
  const growth = ratio(ms[largest], ms[smallest]);
  return {
    name,
    ms,
    cold_ms: bySize(services, name, (timing) => round(timing?.coldMs ?? Number.NaN)),
    growth,
    ...besidePeer(ms, peers.length === 0 ? null : bySize(peers, name, medianMs)),
    ...besideTarget(ms[largest], growth, TARGETS[name]),
  };
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

export function printTable({ machine, command, settings, questions, ...rest }: Report): void {
  console.log(`\n${command}\n${JSON.stringify(machine)}\n${JSON.stringify(settings)}`);
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
            "target ms": target(row),
            met: row.met ?? "-",
            ...(row.peer && besideTable(row.peer, row.peer_ratio)),
          },
        ];
      }),
    ),
  );
  console.log(JSON.stringify(rest, null, 2));
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

/** bench/results/read.json, and a picture of the cost against the size beside it. */
export function saveReport(report: Report, sizes: readonly { label: string; messages: number }[]): void {
  const place = new URL("../results/read", import.meta.url);
  mkdirSync(new URL(".", place), { recursive: true });
  writeFileSync(`${place.pathname}.json`, `${JSON.stringify(report, null, 2)}\n`);
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
  writeFileSync(`${place.pathname}.svg`, linePicture(lines, report.machine));
}
