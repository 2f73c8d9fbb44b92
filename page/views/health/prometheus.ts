/** Reads the Prometheus text format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats), as GET /metrics writes it. */

interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

export type Labels = Readonly<Record<string, string>>;

/** By the name of the metric; of a histogram by the names of its series. */
export type Samples = ReadonlyMap<string, readonly Sample[]>;

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;
const NUMBERS: Readonly<Record<string, number>> = { "+Inf": Infinity, "-Inf": -Infinity };

/** Comments, and lines that are none of the format, are passed over. */
export function parsePrometheus(text: string): Samples {
  const samples = new Map<string, Sample[]>();
  for (const line of text.split("\n")) {
    const [, name, labels = "", value = ""] = LINE.exec(line) ?? [];
    if (name === undefined) continue;
    const one = { labels: labelsOf(labels), value: NUMBERS[value] ?? Number(value) };
    const known = samples.get(name);
    if (known === undefined) samples.set(name, [one]);
    else known.push(one);
  }
  return samples;
}

/** Those of a metric that have all these labels. */
export function samplesOf(samples: Samples, name: string, labels: Labels = {}): readonly Sample[] {
  const wanted = Object.entries(labels);
  return (samples.get(name) ?? []).filter((sample) =>
    wanted.every(([label, value]) => sample.labels[label] === value),
  );
}

/** Their sum; undefined where there is none. */
export function sumOf(samples: Samples, name: string, labels: Labels = {}): number | undefined {
  const found = samplesOf(samples, name, labels);
  return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0);
}

function labelsOf(text: string): Labels {
  const pairs = [...text.matchAll(LABEL)].map(([, label = "", escaped = ""]) => [
    label,
    escaped.replaceAll(/\\(.)/g, (_, character: string) => (character === "n" ? "\n" : character)),
  ]);
  return Object.fromEntries(pairs) as Labels;
}
