/** The figures that are kept, so that no read has to count: in the transaction that adds the messages, or erases them. */
import type { DatabaseSync } from "node:sqlite";
import type { Instant } from "../../message.ts";
import { HOUR_SECONDS, MINUTE_SECONDS, PERIOD_SECONDS, startOf } from "../periods.ts";

const COUNT_PARTY = `
  INSERT INTO parties (name, sent, received) VALUES (?1, ?2, ?3)
  ON CONFLICT (name) DO UPDATE SET sent = sent + excluded.sent, received = received + excluded.received
  RETURNING id, sent`;
const COUNT_PARTY_HOUR = `
  INSERT INTO party_hours (party, start, sent, received) VALUES (?1, ?2, ?3, ?4)
  ON CONFLICT (party, start) DO UPDATE SET sent = sent + excluded.sent, received = received + excluded.received`;
const COUNT_PERIOD = `
  INSERT INTO periods (width, start, messages) VALUES (?, ?, ?)
  ON CONFLICT (width, start) DO UPDATE SET messages = messages + excluded.messages`;

/** What counts of a message. */
export interface Counted {
  readonly from: string;
  readonly to: string;
  readonly instant: Instant;
}

interface Count {
  sent: number;
  received: number;
}

interface Party extends Count {
  id: number;
  /** By the start of the hour. */
  readonly hours: Map<number, Count>;
}

/** What one transaction adds to each figure, so that each is written once. */
export class Counters {
  readonly #countParty;
  readonly #countPartyHour;
  readonly #countPeriod;
  readonly #countAll;
  readonly #forget;

  constructor(database: DatabaseSync) {
    this.#countParty = database.prepare(COUNT_PARTY);
    this.#countPartyHour = database.prepare(COUNT_PARTY_HOUR);
    this.#countPeriod = database.prepare(COUNT_PERIOD);
    this.#countAll = database.prepare("UPDATE totals SET messages = messages + ?, senders = senders + ?");
    this.#forget = {
      party: database.prepare("DELETE FROM parties WHERE id = ? AND sent = 0 AND received = 0"),
      partyHour: database.prepare(
        "DELETE FROM party_hours WHERE party = ? AND start = ? AND sent = 0 AND received = 0",
      ),
      period: database.prepare("DELETE FROM periods WHERE width = ? AND start = ? AND messages = 0"),
    };
  }

  /** Returns the number that stands for each name. */
  add(messages: readonly Counted[]): (name: string) => number {
    return this.#count(messages, 1);
  }

  /** The messages are erased: what is left of nobody and of no time has no figure. */
  subtract(messages: readonly Counted[]): void {
    this.#count(messages, -1);
  }

  #count(messages: readonly Counted[], by: 1 | -1): (name: string) => number {
    const parties = new Map<string, Party>();
    const partyOf = (name: string): Party => {
      let party = parties.get(name);
      if (party === undefined) parties.set(name, (party = { sent: 0, received: 0, id: 0, hours: new Map() }));
      return party;
    };
    const minutes = new Map<number, number>();
    for (const { from, to, instant } of messages) {
      const hour = startOf(instant.seconds, HOUR_SECONDS);
      countIn(partyOf(from), hour, "sent", by);
      countIn(partyOf(to), hour, "received", by);
      addTo(minutes, startOf(instant.seconds, MINUTE_SECONDS), by);
    }
    this.#writeParties(parties, by * messages.length);
    this.#writePeriods(minutes);
    return (name) => partyOf(name).id;
  }

  #writeParties(parties: ReadonlyMap<string, Party>, messages: number): void {
    let senders = 0;
    for (const [name, party] of parties) {
      const kept = this.#countParty.get(name, party.sent, party.received);
      party.id = Number(kept?.["id"]);
      if (party.sent > 0 && kept?.["sent"] === party.sent) senders += 1;
      if (party.sent < 0 && kept?.["sent"] === 0) senders -= 1;
      for (const [hour, { sent, received }] of party.hours) {
        this.#countPartyHour.run(party.id, hour, sent, received);
        if (messages < 0) this.#forget.partyHour.run(party.id, hour);
      }
      if (messages < 0) this.#forget.party.run(party.id);
    }
    this.#countAll.run(messages, senders);
  }

  #writePeriods(minutes: ReadonlyMap<number, number>): void {
    for (const width of PERIOD_SECONDS) {
      const periods = new Map<number, number>();
      for (const [minute, messages] of minutes) addTo(periods, startOf(minute, width), messages);
      for (const [start, messages] of periods) {
        this.#countPeriod.run(width, start, messages);
        if (messages < 0) this.#forget.period.run(width, start);
      }
    }
  }
}

function countIn(party: Party, hour: number, as: keyof Count, by: number): void {
  party[as] += by;
  let count = party.hours.get(hour);
  if (count === undefined) party.hours.set(hour, (count = { sent: 0, received: 0 }));
  count[as] += by;
}

function addTo(counts: Map<number, number>, key: number, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}
