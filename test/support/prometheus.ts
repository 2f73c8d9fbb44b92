import assert from "node:assert/strict";

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const LABEL = String.raw`[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*"`;
const SAMPLE = new RegExp(String.raw`^(${NAME})(?:\{((?:${LABEL}(?:,${LABEL})*)?,?)\})? (\S+)(?: -?\d+)?$`);
const COMMENT = new RegExp(
  String.raw`^# (?:HELP (${NAME}) .*|TYPE (${NAME}) (counter|gauge|histogram|summary|untyped))$`,
);
const VALUE = /^(?:[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|[+-]?Inf|NaN)$/i;

/**
 * Reads the Prometheus text format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats), and fails where a
 * line is not of it or a sample stands before the type of its family.
 */
export function parsePrometheus(text: string): readonly Sample[] {
  assert.ok(text.endsWith("\n"), "the last line must end in a line feed");
  const typeByFamily = new Map<string, string>();
  const helped = new Set<string>();
  const samples: Sample[] = [];
  for (const line of text.split("\n")) {
    if (line === "") continue;
    if (line.startsWith("#")) {
      const [, help, typed, type] = COMMENT.exec(line) ?? [];
      assert.ok(help !== undefined || typed !== undefined, `neither HELP nor TYPE: ${line}`);
      if (help !== undefined) helped.add(help);
      if (typed !== undefined) {
        assert.ok(!typeByFamily.has(typed), `${typed} has its type twice`);
        typeByFamily.set(typed, type ?? "");
      }
    } else {
      samples.push(parseSample(line));
    }
  }
  for (const { name } of samples) {
    const family = typeByFamily.has(name) ? name : name.replace(/_(?:bucket|sum|count)$/, "");
    assert.ok(typeByFamily.has(family), `${name} has no type`);
    assert.ok(helped.has(family), `${name} has no help`);
  }
  return samples;
}

function parseSample(line: string): Sample {
  const [, name = "", labels = "", value = ""] = SAMPLE.exec(line) ?? [];
  assert.notEqual(name, "", `not a sample: ${line}`);
  assert.match(value, VALUE, line);
  const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label = "", escaped = ""]) => [
    label,
    escaped.replaceAll(/\\(.)/g, (_, character: string) => (character === "n" ? "\n" : character)),
  ]);
  return {
    name,
    labels: Object.fromEntries(pairs) as Record<string, string>,
    value: Number(value.replace("Inf", "Infinity")),
  };
}
