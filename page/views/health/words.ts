/** Figures in words; what is not known yet is a dash. */

const UNKNOWN = "–";
const UNITS = ["bytes", "kB", "MB", "GB", "TB"] as const;

export function rateWords(aSecond: number | undefined): string {
  if (aSecond === undefined) return UNKNOWN;
  return aSecond.toLocaleString(undefined, { maximumFractionDigits: aSecond < 10 ? 1 : 0 });
}

export function latencyWords(seconds: number | undefined): string {
  if (seconds === undefined) return UNKNOWN;
  const ms = seconds * 1_000;
  return `${ms.toLocaleString(undefined, { maximumSignificantDigits: 2 })} ms`;
}

export function bytesWords(bytes: number): string {
  let [size, unit] = [bytes, 0];
  while (size >= 1_000 && unit < UNITS.length - 1) [size, unit] = [size / 1_000, unit + 1];
  return `${size.toLocaleString(undefined, { maximumFractionDigits: size < 10 ? 1 : 0 })} ${UNITS[unit]}`;
}

/** How long ago it was, in its largest unit. */
export function startedWords(seconds: number): string {
  for (const [unit, length] of [
    ["day", 86_400],
    ["hour", 3_600],
    ["minute", 60],
  ] as const) {
    const count = Math.floor(seconds / length);
    if (count > 0) return `started ${count} ${unit}${count === 1 ? "" : "s"} ago`;
  }
  return "started a moment ago";
}
