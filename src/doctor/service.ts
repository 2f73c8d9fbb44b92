import { clockFinding } from "../clock-offset.ts";
import { type Config, serviceUrl } from "../config.ts";
import { fail, type Finding, ok } from "../finding.ts";

/** Longer than the service itself takes to say that it is not ready. */
const ANSWER_MS_MAX = 3_000;
const SUBJECT = "running service";

/** Whether one runs where these settings say, and what it says of itself. */
export async function* examineService({ host, port }: Config, nowMs: () => number): AsyncGenerator<Finding> {
  if (port === 0) {
    yield ok(SUBJECT, "PORT=0: nobody knows where it listens");
    return;
  }
  const url = serviceUrl(host, port);
  const answer = await ask(`${url}/health/ready`);
  if (answer === null) {
    yield ok(SUBJECT, `none answers at ${url}`);
    return;
  }
  yield readiness(url, answer);
  const saidMs = Date.parse(answer.date ?? "");
  // The header says whole seconds.
  if (!Number.isNaN(saidMs)) yield clockFinding("clock of the service", saidMs + 500 - nowMs());
}

interface Answer {
  readonly status: number;
  readonly date: string | null;
  /** Null for what is not as lyftr answers. */
  readonly words: string | null;
}

async function ask(url: string): Promise<Answer | null> {
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS_MAX) });
  } catch (error) {
    if ((error as Error).name !== "TimeoutError") return null;
    return { status: 0, date: null, words: `it does not answer within ${ANSWER_MS_MAX} ms` };
  }
  const date = response.headers.get("date");
  return { status: response.status, date, words: wordsOf(await response.text()) };
}

function wordsOf(body: string): string | null {
  try {
    const { status, detail } = JSON.parse(body) as { status?: unknown; detail?: unknown };
    const words = status ?? detail;
    return typeof words === "string" ? words : null;
  } catch {
    return null;
  }
}

function readiness(url: string, { status, words }: Answer): Finding {
  if (status === 200 && words === "ready") return ok(SUBJECT, `the one at ${url} is ready`);
  if (words === null) return fail(SUBJECT, `another program answers at ${url}`, "set PORT, or stop that one");
  return fail(SUBJECT, `the one at ${url} is not ready: ${words}`, "its log says more");
}
