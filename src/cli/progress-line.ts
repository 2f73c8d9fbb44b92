/** A line on a terminal that tells how far something is, and is written over. */

const BAR_WIDTH = 20;
/** To the start of the line, and all of it away. */
const AFRESH = "\r\u001B[K";

/** `share` is 0 to 1. */
export function barOf(share: number): string {
  return `[${"#".repeat(Math.floor(share * BAR_WIDTH)).padEnd(BAR_WIDTH, ".")}]`;
}

export function rewriteLine(output: NodeJS.WriteStream, line: string): void {
  // A terminal that does not know its width says 0.
  output.write(`${AFRESH}${line.slice(0, (output.columns || Infinity) - 1)}`);
}

/** Where it is a terminal: what is written next has a line of its own. */
export function clearLine(output: NodeJS.WriteStream): void {
  if (output.isTTY) output.write(AFRESH);
}
