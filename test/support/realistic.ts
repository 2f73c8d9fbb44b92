/** Messages as a shop and its customers send them, for the pictures of the page. */
import type { Message } from "../../src/message.ts";
import { randomFrom } from "./random.ts";

const TEXTS = [
  "Your table for two is booked for 19:30. Reply C to cancel.",
  "Hi, is the blue one still available? I would pick it up tomorrow.",
  "Thanks, see you at the café!",
  "The courier is on the way and will be at your door between 14:00 and 15:00. Please let us know if somebody else will take the parcel.",
  "Your order 88213 has left our store.",
  "Can I move my appointment from Tuesday to Thursday morning?",
  "Привет! Во сколько мы встречаемся?",
  "Your invoice for November is ready. The sum is €42.80, due on 12 December.",
  "Merci beaucoup, c'est parfait comme ça.",
  "Sorry, running ten minutes late. Please don't give our table away!",
  "Your code is 481 920. It expires in ten minutes.",
  "Is there parking in front of the building?",
  "Der Termin am Montag passt mir gut, danke.",
  null,
  "We found a black umbrella after closing time. Is it yours?",
] as const;
const RECIPIENTS = ["+442079460123", "+442079460188"] as const;
const SENDERS = 14;
const MINUTES_BETWEEN = 90;

/** The newest first, the last of them shortly before `now`. */
export function realisticMessages(count: number, now: number): Message[] {
  const random = randomFrom(7);
  let at = now;
  return Array.from({ length: count }, (_, index) => {
    at -= random.below(MINUTES_BETWEEN * 60_000);
    return {
      message_id: `wamid.${(index * 7_919 + 104_729).toString(36)}`,
      from: `+447700900${String(100 + random.below(SENDERS) * 61).slice(0, 3)}`,
      to: random.pick(RECIPIENTS),
      ts: new Date(at).toISOString(),
      text: TEXTS[index % TEXTS.length] ?? null,
    };
  });
}
