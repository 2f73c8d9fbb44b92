const BAR_WIDTH = 40;

/** On stderr, over the one shown before; `started` as performance.now() tells it. */
export function showBar(done: number, count: number, started: number): void {
  const share = done / count;
  const left = ((performance.now() - started) / 1000 / share) * (1 - share);
  const bar = "#".repeat(Math.round(share * BAR_WIDTH)).padEnd(BAR_WIDTH, ".");
  process.stderr.write(`\r[${bar}] ${Math.round(share * 100)} %, ${Math.round(left)} s left `);
  if (done >= count) process.stderr.write("\n");
}
