/** The figures that are kept, so that no read has to count: in the transaction that adds the messages. */
import type { DatabaseSync } from "node:sqlite";
import type { Instant } from "../../message.ts";

const SECONDS_PER_HOUR = 3_600;

const COUNT_PARTY = `
  INSERT INTO parties (name, sent, received) VALUES (?1, ?2, ?3)
  ON CONFLICT (name) DO UPDATE SET sent = sent + excluded.sent, received = received + excluded.received
  RETURNING id, sent`;
const COUNT_HOUR = `
  INSERT INTO hours (hour, messages) VALUES (?, ?)
  ON CONFLICT (hour) DO UPDATE SET messages = messages + excluded.messages`;

interface Party {
  sent: number;
  received: number;
  id: number;
}

/** What one transaction adds to each figure, so that each is written once. */
export class Counters {
  readonly #countParty;
  readonly #countHour;
  readonly #countAll;

  constructor(database: DatabaseSync) {
    this.#countParty = database.prepare(COUNT_PARTY);
    this.#countHour = database.prepare(COUNT_HOUR);
    this.#countAll = database.prepare("UPDATE totals SET messages = messages + ?, senders = senders + ?");
  }

  /** Returns the number that stands for each name. */
  parties(pairs: Iterable<readonly [from: string, to: string]>): (name: string) => number {
    const parties = new Map<string, Party>();
    const partyOf = (name: string): Party => {
      let party = parties.get(name);
      if (party === undefined) parties.set(name, (party = { sent: 0, received: 0, id: 0 }));
      return party;
    };
    let messages = 0;
    for (const [from, to] of pairs) {
      partyOf(from).sent += 1;
      partyOf(to).received += 1;
      messages += 1;
    }
    let newSenders = 0;
    for (const [name, party] of parties) {
      const kept = this.#countParty.get(name, party.sent, party.received);
      party.id = Number(kept?.["id"]);
      if (party.sent > 0 && kept?.["sent"] === party.sent) newSenders += 1;
    }
    this.#countAll.run(messages, newSenders);
    return (name) => partyOf(name).id;
  }

  hours(instants: Iterable<Instant>): void {
    const hours = new Map<number, number>();
    for (const { seconds } of instants) {
      const hour = Math.floor(seconds / SECONDS_PER_HOUR);
      hours.set(hour, (hours.get(hour) ?? 0) + 1);
    }
    for (const [hour, messages] of hours) this.#countHour.run(hour, messages);
  }
}
