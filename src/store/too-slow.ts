import type { MessageFilter } from "../message.ts";

/** What a read that was stopped is told. Names what would help most: a narrow range of time is looked through whatever the needle. */
export function tooSlow({ from, to, since, until }: MessageFilter, timeoutMs: number): string {
  const narrower = [
    ...(since === undefined || until === undefined
      ? ["since and until"]
      : ["since and until closer together"]),
    ...(from === undefined && to === undefined ? ["from or to"] : []),
  ];
  return `the read was stopped after ${timeoutMs} ms; narrow it with ${narrower.join(", or with ")}`;
}
