/**
 * What is searched for. Words that stand in no vocabulary of words.ts are put into texts at a known rate, so that
 * their hits are known at every size, without counting.
 */

/** The finalizer of MurmurHash3 over two numbers: 32 bits, the same in every run. */
export function hash(number: number, salt: number): number {
  let mixed = Math.imul(number ^ Math.imul(salt + 1, 0x9e3779b1), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x27d4eb2f);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}

/** A word that stands in the text of exactly one message of each block of that many. */
export interface Planted {
  /** As it stands in the texts. */
  readonly word: string;
  /** As it is asked for. */
  readonly needle: string;
  readonly blockMessages: number;
  /** Chooses the message of each block. */
  readonly salt: number;
}

const FREQUENT_BLOCK_MESSAGES = 4;
const RARE_HITS = 1_000;
/** At the smallest sizes: beyond a tenth of all messages nothing is rare. */
const RARE_BLOCK_MESSAGES_MIN = 10;

/** As they stand in texts, and as they are asked for where that differs: in other case, or composed otherwise. */
const FREQUENT = [["parcel", "PARCEL"], ["Lieferung"], ["доставка", "Доставка"], ["订单已发货"], ["कृपया"]];
const RARE = [["Zu\u0308rich", "zürich"], ["Ερμής"], ["İstanbul"], ["Владивосток"], ["किराया"]];
const RARE_SINGLES = [["☂"], ["☎"], ["✈"], ["♫"], ["⚑"]];
const RARE_PAIRS = [["אב"], ["גד"], ["הו"], ["זח"], ["טי"]];

/** Within frequent words of several languages. */
export const FREQUENT_SINGLES = ["e", "a", "n", "r", "i"];
export const FREQUENT_PAIRS = ["er", "en", "in", "ar", "re"];
/** Nothing like them is in any text. */
export const ABSENT = ["xqzjv", "щщъъ", "ββδδ", "龘龘龘", "zzzqq"];

export type Needles = Readonly<Record<"frequent" | "rare" | "rareSingles" | "rarePairs", readonly Planted[]>>;

/** `messages`: how many the file holds. What is rare has 1,000 hits in it, whatever its size. */
export function createNeedles(messages: number): Needles {
  const rareBlock = Math.max(RARE_BLOCK_MESSAGES_MIN, Math.floor(messages / RARE_HITS));
  let salt = 0;
  const plant = (words: readonly (readonly string[])[], blockMessages: number): Planted[] =>
    words.map(([word = "", needle = word]) => ({ word, needle, blockMessages, salt: (salt += 1) }));
  return {
    frequent: plant(FREQUENT, FREQUENT_BLOCK_MESSAGES),
    rare: plant(RARE, rareBlock),
    rareSingles: plant(RARE_SINGLES, rareBlock),
    rarePairs: plant(RARE_PAIRS, rareBlock),
  };
}

export function isPlanted({ blockMessages, salt }: Planted, serial: number): boolean {
  return hash(Math.floor(serial / blockMessages), salt) % blockMessages === serial % blockMessages;
}

/** Of the messages with a serial below `messages`. */
export function hitsOf(planted: Planted, messages: number): number {
  const whole = Math.floor(messages / planted.blockMessages);
  let hits = whole;
  for (let serial = whole * planted.blockMessages; serial < messages; serial += 1)
    hits += isPlanted(planted, serial) ? 1 : 0;
  return hits;
}

/** How texts and needles are compared, said once more and independently of the service. */
export function folded(text: string): string {
  return text.normalize("NFC").toLowerCase();
}
