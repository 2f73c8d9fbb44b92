import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Command } from "commander";
import { readClientConfig, readEnvironment } from "../config.ts";
import { AppError } from "../errors.ts";
import { isBlank, type RawRecord, recordsOf } from "../transfer/records.ts";
import { decodeText } from "../webhook/parse.ts";
import { sign } from "../webhook/verify.ts";
import { type Answer, describeRefusal, exitCodeFor, request } from "./client.ts";
import { CommandError, EXIT } from "./exit.ts";
import { requireSecret } from "./sign.ts";

/** Numbers set aside for fiction and examples. */
const DEFAULT_FROM = "+14155550100";
const DEFAULT_TO = "+14155550199";
/** Requests in flight from standard input: enough to share commits, few enough to be no burden. */
const IN_FLIGHT_MAX = 32;
/** Tries of one message while the service says 503; with its Retry-After about half a minute. */
const TRIES_MAX = 30;
const RETRY_SECONDS_DEFAULT = 1;

interface Flags {
  readonly text?: string;
  readonly from: string;
  readonly to: string;
  readonly id?: string;
  readonly ts?: string;
  readonly stdin?: true;
  readonly url?: string;
}

type Post = (body: string) => Promise<Answer>;

export function sendCommand(): Command {
  return new Command("send")
    .description("Sign and post a message; or, with --stdin, a message for each line of NDJSON")
    .argument("[text]", "the text (or --text)")
    .option("--text <text>", "the text")
    .option("--from <number>", "sender", DEFAULT_FROM)
    .option("--to <number>", "recipient", DEFAULT_TO)
    .option("--id <id>", "message_id (default: a new UUID)")
    .option("--ts <ts>", "time, RFC 3339 with Z (default: now)")
    .option(
      "--stdin",
      "read one JSON message a line; members that a line leaves out are as the flags say (implied when no text is given and input is piped in)",
    )
    .option("--url <url>", "where the service listens (default: from HOST and PORT)")
    .action(async (text: string | undefined, flags: Flags) => {
      const { url, secret } = readClientConfig(readEnvironment(), flags.url);
      const post = poster(`${url}/webhook`, requireSecret(secret));
      const defaults = { ...flags, ...(text !== undefined && { text }) };
      if (flags.stdin) return sendLines(post, defaults);
      // Without a text, what is piped in is what to send; nothing piped in leaves the message of the flags.
      if (defaults.text !== undefined || process.stdin.isTTY) return sendOne(post, defaults);
      await sendLines(post, defaults, () => sendOne(post, defaults));
    });
}

async function sendOne(post: Post, flags: Flags): Promise<void> {
  const message = withDefaults({}, flags);
  const answer = await post(JSON.stringify(message));
  if (answer.status !== 200) throw new CommandError(exitCodeFor(answer.status), describeRefusal(answer));
  console.log(message["message_id"]);
}

/** Sends every line that can be sent, then fails if any could not. Without any line, does `whenEmpty` if that is given. */
async function sendLines(post: Post, flags: Flags, whenEmpty?: () => Promise<void>): Promise<void> {
  let sent = 0;
  const failures: number[] = [];
  const inFlight = new Set<Promise<void>>();
  let isEmpty = true;

  async function sendLine({ bytes }: RawRecord): Promise<void> {
    const answer = await post(JSON.stringify(withDefaults(parseLine(bytes), flags)));
    if (answer.status !== 200) throw new CommandError(exitCodeFor(answer.status), describeRefusal(answer));
    sent += 1;
    showProgress(sent);
  }

  function fail(problem: string, exitCode: number): void {
    console.error(problem);
    failures.push(exitCode);
  }

  try {
    for await (const line of linesOf(process.stdin)) {
      isEmpty = false;
      if (isBlank(line.bytes)) continue;
      const sending: Promise<void> = sendLine(line)
        .catch((error: unknown) => {
          if (!(error instanceof CommandError)) throw error;
          fail(`line ${line.line}: ${error.message}`, error.exitCode);
        })
        .finally(() => inFlight.delete(sending));
      inFlight.add(sending);
      if (inFlight.size >= IN_FLIGHT_MAX) await Promise.race(inFlight);
    }
  } catch (error) {
    // A line without an end, which nobody can hold.
    if (!(error instanceof AppError) || error.code !== "invalid") throw error;
    isEmpty = false;
    fail(`${error.message}; nothing from there on was sent`, EXIT.usage);
  }
  await Promise.all(inFlight);
  if (isEmpty && whenEmpty !== undefined) return whenEmpty();
  if (process.stderr.isTTY) process.stderr.write("\r");
  console.log(`sent ${sent}, failed ${failures.length}`);
  if (failures.length > 0) process.exitCode = Math.max(...failures);
}

/** At line feeds alone: within a JSON text, U+2028 and its like are characters as others are. */
async function* linesOf(input: AsyncIterable<Buffer>): AsyncGenerator<RawRecord> {
  for await (const records of recordsOf(input, false)) yield* records;
}

function parseLine(line: Buffer): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(decodeText(line));
  } catch (error) {
    throw new CommandError(EXIT.usage, error instanceof AppError ? error.message : "not JSON");
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new CommandError(EXIT.usage, "not a JSON object");
}

function withDefaults(given: Record<string, unknown>, flags: Flags): Record<string, unknown> {
  return {
    message_id: flags.id ?? randomUUID(),
    ...("from_" in given ? {} : { from: flags.from }),
    to: flags.to,
    ts: flags.ts ?? new Date().toISOString(),
    ...(flags.text !== undefined && { text: flags.text }),
    ...given,
  };
}

/** Posts a body signed; while the service says 503, again after the time it asks for. Repeating is safe by message_id. */
function poster(url: string, secret: string): Post {
  return async (body) => {
    const init = { method: "POST", body, headers: { "x-signature": sign(Buffer.from(body), secret) } };
    let answer = await request(url, init);
    for (let tries = 1; answer.status === 503 && tries < TRIES_MAX; tries += 1) {
      await sleep(1000 * (Number(answer.headers.get("retry-after")) || RETRY_SECONDS_DEFAULT));
      answer = await request(url, init);
    }
    return answer;
  };
}

function showProgress(sent: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\rsent ${sent}`);
}
