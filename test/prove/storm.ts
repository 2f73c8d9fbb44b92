/** The requests of an overload: short ones, and ones as large as they may be. */
import { webhookRequest } from "../../bench/ingest/load.ts";
import type { Message } from "../../src/message.ts";
import { signature } from "../support/client.ts";
import type { Connection, Reply } from "./connection.ts";
import { composeShort, type Ledger } from "./ledger.ts";

/** The body's limit is 65,536 bytes; the rest is for the other members. */
const FILLED_TO_BYTES = 65_000;
const TEXT_CHARACTERS = 4_096;
/** Three bytes in UTF-8, six as an escape. */
const DEVANAGARI = "आपका ऑर्डर कल सुबह दस बजे तक पहुँच जाएगा, कृपया घर पर रहें। ";

/** The longest text there may be. */
export function composeLong(serial: number, random: () => number): Message {
  const message = composeShort(serial, random);
  const text = `${serial} ${DEVANAGARI.repeat(TEXT_CHARACTERS / DEVANAGARI.length + 1)}`;
  return { ...message, text: text.slice(0, TEXT_CHARACTERS) };
}

export function shortRequest(message: Message): Buffer {
  return signedRequest(JSON.stringify(message));
}

/** The text as escapes, and a member that nobody reads: every byte is received, verified and parsed all the same. */
export function longRequest({ text, ...others }: Message): Buffer {
  const [serial = "", tail = ""] = (text ?? "").split(/ (.*)/s);
  const body = `${JSON.stringify(others).slice(0, -1)},"text":"${serial} ${escape(tail)}","filler":"`;
  return signedRequest(`${body}${"x".repeat(FILLED_TO_BYTES - body.length)}"}`);
}

/** Kept, since texts differ in their serial only. */
const escapes = new Map<string, string>();

function escape(text: string): string {
  let escaped = escapes.get(text);
  if (escaped === undefined) {
    const codes = Array.from(text, (character) => character.charCodeAt(0).toString(16).padStart(4, "0"));
    escaped = codes.map((code) => String.raw`\u${code}`).join("");
    escapes.set(text, escaped);
  }
  return escaped;
}

function signedRequest(body: string): Buffer {
  const bytes = Buffer.from(body);
  return webhookRequest(bytes, signature(bytes));
}

/** A request that was made before it is sent, so that all of them come as fast as they can. */
export interface Shot {
  readonly serial: number;
  readonly message: Message;
  readonly request: Buffer;
}

/** What became of the shots. */
export class Outcomes {
  readonly #ledger: Ledger;
  /** Answered with 503: to be sent again. */
  refused: Shot[] = [];
  readonly broken: string[] = [];
  refusals = 0;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  async fire(connection: Connection, shot: Shot): Promise<void> {
    let reply: Reply;
    try {
      reply = await connection.send(shot.request);
    } catch (error) {
      this.broken.push(`${shot.message.message_id} got no answer: ${String(error)}`);
      return;
    }
    if (reply.status === 200) this.#ledger.acknowledge(shot.serial, shot.message);
    else if (reply.status === 503 && Number(reply.retryAfter) > 0) {
      this.refusals += 1;
      this.refused.push(shot);
    } else {
      const { status, retryAfter, text } = reply;
      const answer = `${status}, Retry-After ${retryAfter ?? "none"}: ${text.slice(0, 200)}`;
      this.broken.push(`${shot.message.message_id} was answered ${answer}`);
    }
  }
}
