/** The load of `npm run bench:read`: each message is a function of its serial alone, so that anyone can make it again. */
import { createRandom, type LoadMessage, zipf } from "../ingest/load.ts";
import { createNeedles, hash, isPlanted, type Needles } from "./needles.ts";
import { SCRIPTS } from "./words.ts";

export const DAY_MS = 86_400_000;
/** The first moment of a day. */
export const START_MS = Date.UTC(2025, 0, 1);
/** At every size, so that a range of time holds the same share of it, and a timeline as many buckets. */
export const SPAN_MS = 60 * DAY_MS;

const SENDERS = 100_000;
const RECIPIENTS = 20;
/** The sender of nine messages in each hundred. */
export const LARGEST_SENDER = "+919876543210";
export const LARGEST_SENDER_PERCENT = 9;
/** Has no divisor in common with 100, so that those nine are spread. */
const SPREAD_STEP = 37;
/** Of all messages, arriving up to a day after their time. */
const LATE_SHARE = 0.03;
const TEXT_CHARACTERS = 80;
/** Tells the choices made by block from those of needles.ts. */
const SENDER_SALT = 1_000;
const MESSAGE_SALT = 1_001;

export interface Load {
  readonly messages: number;
  readonly needles: Needles;
  /** From 0; at and above `messages`, what arrives after those that the file holds. */
  readonly message: (serial: number) => LoadMessage;
}

export function createLoad(messages: number): Load {
  const needles = createNeedles(messages);
  const planted = Object.values(needles).flat();
  const message = (serial: number): LoadMessage => {
    const random = createRandom(hash(serial, MESSAGE_SALT));
    const late = random() < LATE_SHARE ? Math.floor(random() * DAY_MS) : 0;
    const atMs = START_MS + Math.floor((serial * SPAN_MS) / messages) - late;
    const words: string[] = [];
    for (const one of planted) if (isPlanted(one, serial)) words.push(one.word);
    return {
      message_id: `${serial.toString(36)}-${Math.floor(random() * 2 ** 48).toString(36)}`,
      from: isOfLargestSender(serial) ? LARGEST_SENDER : senderOf(zipf(random, SENDERS)),
      to: recipientOf(Math.floor(random() * RECIPIENTS)),
      ts: new Date(atMs).toISOString(),
      text: textOf(words, random),
    };
  };
  return { messages, needles, message };
}

/** The same with the messages of the file in memory, for sizes that are made more than once. */
export function keptInMemory({ messages, needles, message }: Load): Load {
  const kept = Array.from({ length: messages }, (_, serial) => message(serial));
  return { messages, needles, message: (serial) => kept[serial] ?? message(serial) };
}

/** By rank: 0 sends the most, after the largest. */
export function senderOf(rank: number): string {
  return `+1415${String(rank).padStart(7, "0")}`;
}

export function recipientOf(index: number): string {
  return `+1650${String(index).padStart(7, "0")}`;
}

function isOfLargestSender(serial: number): boolean {
  const shift = hash(Math.floor(serial / 100), SENDER_SALT);
  return (serial * SPREAD_STEP + shift) % 100 < LARGEST_SENDER_PERCENT;
}

/** Words of one script with the planted ones among them, until there are about 80 characters. */
function textOf(planted: readonly string[], random: () => number): string {
  const { words, space } = SCRIPTS[Math.floor(random() * SCRIPTS.length)] as (typeof SCRIPTS)[number];
  const chosen = [String(Math.floor(random() * 1e6)).padStart(6, "0")];
  let characters = 6;
  for (const word of planted) characters += word.length + 1;
  while (characters < TEXT_CHARACTERS) {
    // The square makes the first words the frequent ones.
    const word = words[Math.floor(random() ** 2 * words.length)] ?? "";
    chosen.push(word);
    characters += word.length + space.length;
  }
  for (const word of planted)
    chosen.splice(Math.floor(random() * (chosen.length + 1)), 0, space === "" ? ` ${word} ` : word);
  return chosen.join(space).trim();
}
