/** Messages that are nearly right, and signatures that are nearly those of the message. */
import { createHmac } from "node:crypto";
import type { Message } from "../../src/message.ts";
import { signature } from "../support/client.ts";
import { inAnyOrder, type Random } from "../support/random.ts";
import { SECRET } from "../support/sample.ts";
import { anyValue, mutateBytes, mutateText, oneLine } from "./mutate.ts";
import { post } from "./mutant-request.ts";

/** Sent and acknowledged before anything else. */
export const FIRST: Message = {
  message_id: "the first",
  from: "+14155550100",
  to: "+14155550101",
  ts: "2025-01-15T09:00:00Z",
  text: "the first",
};

/** A request, and the body that is stored when it is answered with 200. */
export interface MutantPost {
  readonly request: Buffer;
  readonly body: Buffer;
}

export class MutantMessages {
  readonly #random: Random;
  #made = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** A right one, under an id of its own. */
  valid(): Buffer {
    return Buffer.from(JSON.stringify(this.#message()));
  }

  /** Another content under an id that is taken: answered 200, and not stored. */
  conflict(): Buffer {
    return Buffer.from(JSON.stringify({ ...FIRST, text: `another ${this.#made++}` }));
  }

  #message(): Message {
    const random = this.#random;
    const serial = this.#made++;
    const second = new Date(1_736_935_200_000 + serial * 250).toISOString();
    return {
      message_id: `mutant-${serial}`,
      from: `+1415${String(random.below(200)).padStart(7, "0")}`,
      to: "+14155550100",
      ts: second,
      text: random.below(4) === 0 ? null : `text ${serial} é ${"word ".repeat(random.below(20))}`,
    };
  }

  /** Nearly a message, as members or as bytes; some as large as may be, or larger. */
  wrong(): Buffer {
    const random = this.#random;
    const message: Record<string, unknown> = { ...this.#message() };
    const dice = random.below(100);
    if (dice < 45) return mutateBytes(Buffer.from(JSON.stringify(message)), random);
    if (dice < 80) {
      const name = random.pick([...Object.keys(message), "from_", "extra"]);
      const value = message[name];
      if (random.below(5) === 0) delete message[name];
      else
        message[name] =
          typeof value === "string" && random.below(2) === 0 ? mutateText(value, random) : anyValue(random);
      return Buffer.from(JSON.stringify(Object.fromEntries(inAnyOrder(Object.entries(message), random))));
    }
    if (dice < 90) return Buffer.from(JSON.stringify(anyValue(random)) ?? "");
    if (dice < 97)
      return Buffer.from(random.pick(["[", '{"a":', '[{"text":', "{"]).repeat(random.below(3_000)));
    return Buffer.from(JSON.stringify(message).padEnd(65_500 + random.below(80)));
  }

  /** By Standard Webhooks, two of three of them wrongly. */
  standard(): MutantPost {
    const random = this.#random;
    const body = Buffer.from(JSON.stringify(this.#message()));
    const id = `msg_${this.#made}`;
    const seconds = Math.floor(Date.now() / 1_000);
    const right = createHmac("sha256", SECRET).update(`${id}.${seconds}.`).update(body).digest("base64");
    const given = [id, String(seconds), `v1,${right}`];
    const isRight = random.below(3) === 0;
    if (!isRight) {
      const place = random.below(3);
      given[place] = oneLine(mutateText(given[place] ?? "", random));
    }
    const [webhookId, timestamp, signed] = given;
    const headers = [
      `webhook-id: ${webhookId ?? ""}`,
      `webhook-timestamp: ${timestamp ?? ""}`,
      `webhook-signature: ${signed ?? ""}`,
    ];
    return { body, request: post(body, headers) };
  }

  /** Signed by who has seen a right signature, and not the secret. */
  forged(body: Buffer): Buffer {
    const random = this.#random;
    const right = signature(body);
    const place = random.below(right.length);
    const wrongDigit = right[place] === "0" ? "1" : "0";
    const wrong = random.pick([
      () => right.slice(0, place) + wrongDigit + right.slice(place + 1),
      () => signature(body, "another secret"),
      () => signature(Buffer.concat([body, Buffer.from(" ")])),
      () => right.slice(0, place),
      () => `${right}${right}`,
      () => `sha512=${right}`,
      () => Buffer.from(right, "hex").toString("base64"),
    ])();
    return post(body, [`X-Signature: ${wrong}`]);
  }

  /** In pieces of any length, with extensions and trailers, which say nothing here. */
  chunked(body: Buffer): Buffer {
    const random = this.#random;
    const parts: Buffer[] = [];
    for (let place = 0; place < body.length;) {
      const piece = body.subarray(place, place + 1 + random.below(Math.max(20, body.length)));
      const extension = random.below(5) === 0 ? ";a=b" : "";
      parts.push(Buffer.from(`${piece.length.toString(16)}${extension}\r\n`), piece, Buffer.from("\r\n"));
      place += piece.length;
    }
    const trailer = random.below(5) === 0 ? "X-Trailer: x\r\n" : "";
    const start = `POST /webhook HTTP/1.1\r\nHost: here\r\nX-Signature: ${signature(body)}\r\nTransfer-Encoding: chunked\r\n\r\n`;
    return Buffer.concat([Buffer.from(start), ...parts, Buffer.from(`0\r\n${trailer}\r\n`)]);
  }
}
