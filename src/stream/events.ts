/** What a stream says, as server-sent events (html.spec.whatwg.org/multipage/server-sent-events.html). */
import type { Arrival, Arrivals } from "../store/arrivals.ts";

/** What a client is handed at once, and so what is kept for one that does not take it; one message may be larger than what is left. */
const CHUNK_BYTES = 256 * 1024;
/** How soon a client comes again that was cut off. Soon enough to miss little, and seldom enough for a service that is starting. */
const RETRY_MS = 2_000;

/** Before anything else. */
export const RETRY = Buffer.from(`retry: ${RETRY_MS}\n\n`);

/** The id of each event is the place to go on behind. */
function messageEvent({ place, message }: Arrival): Buffer {
  const { message_id, from, to, ts, text } = message;
  const data = JSON.stringify({ message_id, from, to, ts, text });
  return Buffer.from(`id: ${place}\nevent: message\ndata: ${data}\n\n`);
}

/** `start`: where the stream begins; `position`: how far it is. `behind` as Store.countArrivals tells it. */
export function placeEvent(event: "start" | "position", place: string, behind: number): Buffer {
  return Buffer.from(`id: ${place}\nevent: ${event}\ndata: ${JSON.stringify({ behind })}\n\n`);
}

/** What arrived since the id that the client gave cannot be told. */
export function resetEvent(reason: string): Buffer {
  return Buffer.from(`event: reset\ndata: ${JSON.stringify({ reason })}\n\n`);
}

/** As much of what was read as is handed over at once: at least one message. */
export function chunkOf({ data, next, isCut }: Arrivals): { events: Buffer[]; next: string; isCut: boolean } {
  const events: Buffer[] = [];
  let bytes = 0;
  for (const arrival of data) {
    const event = messageEvent(arrival);
    bytes += event.length;
    if (bytes > CHUNK_BYTES && events.length > 0) break;
    events.push(event);
  }
  if (events.length === data.length) return { events, next, isCut };
  return { events, next: data[events.length - 1]?.place ?? next, isCut: true };
}
