/**
 * Follows GET /messages/stream (docs/contract.md), and comes again by itself, behind the last event that it was told. Imports nothing,
 * and uses only what Node and browsers have alike: the command line and a page share it. In place of EventSource, since that cannot
 * send a token, and gives up at the first 503.
 */

export interface StreamEvent {
  /** `start`, `message`, `position` or `reset`; others may come. */
  readonly event: string;
  /** Where to go on behind it; that of the event before where it has none, and empty where there was none. */
  readonly id: string;
  /** JSON. */
  readonly data: string;
}

export interface Following {
  /** With the filter as its query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Begin behind the event with this id; without it, now. */
  readonly lastEventId?: string | undefined;
  /** Ends it, without an error. */
  readonly signal: AbortSignal;
  /** Told each time that the stream is lost, and in how many milliseconds it is tried again. What it throws ends it. */
  readonly onLost?: (why: string, againMs: number) => void;
}

/** An answer that another try would get as well: a wrong filter, no token. */
export class StreamRefused extends Error {
  readonly status: number;
  /** The answer's JSON; undefined where it is none. */
  readonly body: unknown;

  constructor(status: number, body: unknown) {
    super(`the stream was refused: ${status}`);
    this.status = status;
    this.body = body;
  }
}

/** The service says something every 15 s: a connection that is silent for as long leads nowhere. */
const SILENT_MS_MAX = 45_000;
/** Until the service says how long. Doubled with each try that fails, up to the most. */
const RETRY_MS = 2_000;
const RETRY_MS_MAX = 30_000;
/** Whatever is asked for: somebody on the way may mean hours, or more than a timer can hold. */
const ASKED_MS_MAX = 60_000;
const TOO_MANY_REQUESTS = 429;

/** The events, in order and each once, over as many connections as it takes. Throws StreamRefused. */
export async function* followStream(following: Following): AsyncGenerator<StreamEvent, void> {
  const { signal, onLost } = following;
  const parser = new Parser(following.lastEventId ?? "");
  for (let tries = 0; !signal.aborted; tries += 1) {
    const silence = new Silence(signal);
    let lost = new Lost("the service ended it");
    try {
      for await (const text of textsOf(await ask(following, parser.id, silence.signal), silence)) {
        tries = 0;
        yield* parser.read(text);
      }
    } catch (error) {
      if (error instanceof StreamRefused) throw error;
      lost = silence.isOver ? new Lost(`nothing came for ${SILENT_MS_MAX / 1_000} s`) : asLost(error);
    } finally {
      silence.end();
    }
    // Half an event is told once more.
    parser.forgetRest();
    if (signal.aborted) return;
    const askedMs = Math.min(lost.leastMs, ASKED_MS_MAX);
    const againMs = Math.max(askedMs, Math.min(parser.retryMs * 2 ** tries, RETRY_MS_MAX));
    onLost?.(lost.message, againMs);
    await rest(againMs, signal);
  }
}

/** Why there is no stream now, and for how long at least. */
class Lost extends Error {
  readonly leastMs: number;

  constructor(why: string, leastMs = 0) {
    super(why);
    this.leastMs = leastMs;
  }
}

async function ask({ url, headers }: Following, lastEventId: string, signal: AbortSignal): Promise<Response> {
  const resuming = lastEventId === "" ? {} : { "last-event-id": lastEventId };
  const response = await fetch(url, {
    headers: { ...headers, accept: "text/event-stream", ...resuming },
    cache: "no-store",
    signal,
  });
  const { status } = response;
  if (status >= 500 || status === TOO_MANY_REQUESTS)
    throw new Lost(`it answered ${status}`, 1_000 * (Number(response.headers.get("retry-after")) || 0));
  if (status === 200 && response.headers.get("content-type")?.startsWith("text/event-stream") === true)
    return response;
  throw new StreamRefused(status, await response.json().catch(() => undefined));
}

async function* textsOf({ body }: Response, silence: Silence): AsyncGenerator<string, void> {
  if (body === null) return;
  const decoder = new TextDecoder();
  const reader: ReadableStreamDefaultReader<Uint8Array> = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    silence.broken();
    yield decoder.decode(value, { stream: true });
  }
}

/** Reads lines as html.spec.whatwg.org/multipage/server-sent-events.html has them; of what ends a line, not CR alone. */
class Parser {
  /** Of the last event that was whole. */
  id: string;
  retryMs = RETRY_MS;
  #rest = "";
  #fields = new Map<string, string>();

  constructor(id: string) {
    this.id = id;
  }

  /** The events that are whole by now. */
  *read(text: string): Generator<StreamEvent, void> {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      const [, field = "", value = ""] = /^([^:\r]*)(?:: ?(.*?))?\r?$/s.exec(line) ?? [];
      if (field !== "") this.#fields.set(field, value);
      else if (!line.startsWith(":")) yield* this.#end();
    }
  }

  forgetRest(): void {
    this.#rest = "";
    this.#fields.clear();
  }

  *#end(): Generator<StreamEvent, void> {
    const { event = "message", data, id, retry } = Object.fromEntries(this.#fields);
    this.#fields.clear();
    if (retry !== undefined && /^\d+$/.test(retry)) this.retryMs = Number(retry);
    this.id = id ?? this.id;
    if (data !== undefined) yield { event, id: this.id, data };
  }
}

/** Aborts a request when nothing comes for too long, or when all of it is to end. */
class Silence {
  readonly #controller = new AbortController();
  readonly #all: AbortSignal;
  readonly #abort = (): void => this.#controller.abort();
  #timer: ReturnType<typeof setTimeout> | undefined;
  isOver = false;

  constructor(all: AbortSignal) {
    this.#all = all;
    all.addEventListener("abort", this.#abort);
    this.broken();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Something came. */
  broken(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.isOver = true;
      this.#abort();
    }, SILENT_MS_MAX);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#all.removeEventListener("abort", this.#abort);
    this.#abort();
  }
}

function asLost(error: unknown): Lost {
  if (error instanceof Lost) return error;
  const { message, cause } = error as Error;
  return new Lost(cause instanceof Error && cause.message !== "" ? cause.message : message);
}

export function rest(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
    if (signal.aborted) end();
  });
}
