/** The load: signed webhook requests, made before they are sent, so that making them costs the servers nothing. */
import { createHmac } from "node:crypto";

/** Independent of Math.random, so that every server gets the same load (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const SENDERS = 10_000;
const TEXT_CHARACTERS_MIN = 5;
const TEXT_CHARACTERS_MAX = 300;
/** Sentences whose characters take 1 to 4 bytes each. */
const SCRIPTS = [
  "The parcel is at the door, please call me back when you are home. ",
  "Ihre Bestellung wird morgen zwischen zehn und zwölf Uhr geliefert. ",
  "आपका ऑर्डर कल सुबह दस बजे तक पहुँच जाएगा, कृपया घर पर रहें। ",
  "Заказ прибудет завтра утром, пожалуйста, будьте дома. ",
  "您的订单将于明天上午送达，请保持电话畅通。",
  "سيصل طلبك غدا صباحا، يرجى البقاء في المنزل. ",
  "On my way 🚗💨 see you soon 🙂 ",
];

export interface LoadMessage {
  readonly message_id: string;
  readonly from: string;
  readonly to: string;
  readonly ts: string;
  readonly text: string;
}

/** Zipf with exponent 1, by the inverse of its continuous form: a few senders send most. */
export function zipf(random: () => number, count: number): number {
  return Math.floor(count ** random()) - 1;
}

/** `serial` keeps ids unique over all bursts; times run on from a fixed start, some milliseconds a message. */
export function createMessage(serial: number, random: () => number): LoadMessage {
  const script = SCRIPTS[Math.floor(random() * SCRIPTS.length)] ?? "";
  const characters =
    TEXT_CHARACTERS_MIN + Math.floor(random() * (TEXT_CHARACTERS_MAX - TEXT_CHARACTERS_MIN + 1));
  const from = Math.floor(random() * script.length);
  const text = script.repeat(Math.ceil((from + characters) / script.length)).slice(from, from + characters);
  return {
    message_id: `${serial.toString(36)}-${Math.floor(random() * 2 ** 48).toString(36)}`,
    from: `+1415${String(zipf(random, SENDERS)).padStart(7, "0")}`,
    to: `+1650${String(Math.floor(random() * 20)).padStart(7, "0")}`,
    ts: new Date(1_736_935_200_000 + serial * 7).toISOString(),
    text: text.toWellFormed(),
  };
}

/** Whole HTTP requests as bytes. */
export function createRequests(count: number, firstSerial: number, secret: string): Buffer[] {
  const random = createRandom(firstSerial + 1);
  return Array.from({ length: count }, (_, index) =>
    signedRequest(createMessage(firstSerial + index, random), secret),
  );
}

export function signedRequest(message: LoadMessage, secret: string): Buffer {
  const body = Buffer.from(JSON.stringify(message));
  return webhookRequest(body, createHmac("sha256", secret).update(body).digest("hex"));
}

/** A whole POST /webhook as bytes. */
export function webhookRequest(body: Buffer, signature: string): Buffer {
  const head =
    `POST /webhook HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n` +
    `X-Signature: ${signature}\r\nContent-Length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}
