import type { FastifyRequest } from "fastify";

/** Of a route whose answer may be as old as whoever asks allows. */
export const recentHeaders = {
  type: "object",
  properties: {
    "cache-control": {
      type: "string",
      description:
        "`max-age=2`: what was acknowledged in the last 2 seconds may be missing. For who asks again and again; else it is there.",
    },
  },
} as const;

/** How old the answer may be, in milliseconds: `max-age` of Cache-Control in a request (RFC 9111, 5.2.1.1); 0 without it. */
export function maxAgeMsOf({ headers }: FastifyRequest): number {
  const said = (headers["cache-control"] ?? "").toLowerCase().split(",");
  const directives = said.map((directive) => directive.trim());
  if (directives.includes("no-cache")) return 0;
  const seconds = directives.map((directive) => /^max-age=(\d{1,9})$/.exec(directive)?.[1]);
  return Number(seconds.find((one) => one !== undefined) ?? 0) * 1_000;
}
