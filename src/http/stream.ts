import type { FastifyInstance, FastifyRequest } from "fastify";
import { AppError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { message, problem, streamQuery } from "../schemas.ts";
import type { Store } from "../store/store.ts";
import { Streams } from "../stream/streams.ts";
import { getMessage } from "./messages.ts";
import { parseStreamQuery, queryStringOf } from "./query.ts";
import { noteFacts } from "./request-log.ts";

/** A few offices full of open pages: at the most 250 times 576 KiB are kept for those who take nothing. */
const STREAMS_MAX = 250;
/** Of the connections that there may be: the others are for those who send messages. */
const SHARE_OF_CONNECTIONS = 0.25;

const EVENT_STREAM = "text/event-stream";

const schema = {
  tags: ["messages"],
  summary: "New messages as they arrive (server-sent events)",
  description:
    "In the order of arrival, those that match, each once. Events are `start`, `message` (the message, as GET /messages has it), " +
    "`position` and `reset`; the id of each but the last is what `Last-Event-ID` goes on behind. docs/contract.md says more. Where " +
    "only `application/json` is accepted, it is the message with the id `stream`.",
  querystring: streamQuery,
  headers: {
    type: "object",
    properties: {
      "last-event-id": {
        type: "string",
        description: "Of the last event that was received; else from now on.",
      },
    },
  },
  response: {
    200: {
      description: "The stream, which does not end by itself",
      content: { [EVENT_STREAM]: { schema: { type: "string" } }, "application/json": { schema: message } },
    },
    404: problem,
    422: problem,
    503: problem,
  },
};

interface StreamParts {
  readonly store: Store;
  readonly connectionsMax: number;
  readonly metrics: Metrics;
  readonly log: Log;
}

/** GET /messages/stream. */
export function streamRoute(app: FastifyInstance, parts: StreamParts): void {
  const { store, metrics, log } = parts;
  const streamsMax = Math.min(STREAMS_MAX, Math.floor(parts.connectionsMax * SHARE_OF_CONNECTIONS));
  const streams = new Streams({
    store,
    streamsMax,
    now: () => performance.now(),
    onFailure(error, again) {
      metrics.countStoreFailure();
      // What fails every second would fill the log; its figure goes on, and so the alert on it.
      if (again) return;
      const reason = error instanceof AppError ? (error.reason ?? error.message) : String(error);
      log.error({ reason }, "streams wait: the store cannot be read");
    },
    onBlocked: () => metrics.countClosedConnection("stalled"),
  });
  metrics.watchStreams(() => ({ streams: streams.open, streamsMax }));
  app.addHook("preClose", (done) => {
    streams.close();
    done();
  });

  app.get("/messages/stream", { schema }, async (request, reply) => {
    // A message may have this id.
    if (asksForJson(request)) return getMessage(store, "stream");
    const filter = parseStreamQuery(queryStringOf(request));
    // Proxies hand it on as it comes, and close what they opened for it.
    reply.headers({ "content-type": EVENT_STREAM, "x-accel-buffering": "no", connection: "close" });
    if (request.method === "HEAD") return reply.send("");
    request.trace?.step("store.arrivals");
    const follower = await streams.follow(filter, lastEventId(request));
    // Before the line is written.
    reply.raw.prependOnceListener("close", () => noteFacts(request, { messages: follower.messages }));
    return reply.send(follower.body);
  });
}

function asksForJson({ headers: { accept = "" } }: FastifyRequest): boolean {
  return /\bapplication\/json\b/i.test(accept) && !accept.toLowerCase().includes(EVENT_STREAM);
}

/** None at all, where the first connection of a client has none to give. */
function lastEventId({ headers }: FastifyRequest): string | null {
  const given = headers["last-event-id"];
  return given === undefined || given === "" ? null : String(given);
}
