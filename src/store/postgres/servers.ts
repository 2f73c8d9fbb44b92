/**
 * Which of the hosts that the URL names serves.
 *
 *   the host that served last ─▶ suits ─▶ used
 *          └─ does not, or is in doubt, or there is none yet ─▶ all others at once ─▶ of those that suit, the best
 *
 * After a failover the old primary may come back and take writes that nobody will ever see. Each promotion begins a new timeline
 * (postgresql.org/docs/current/continuous-archiving.html#BACKUP-TIMELINES), so a host on an earlier one than was seen is refused.
 */
import type { Client } from "pg";
import { AppError } from "../../errors.ts";
import { type PostgresTls, splitTls } from "../../postgres-tls.ts";
import { isSocket, splitHosts } from "../../postgres-url.ts";
import { type Backend, type Opened, openConnection, type Use } from "./connection.ts";
import { describeFailure, isWithoutTls } from "./failure.ts";
import { type Encryption, encryptionsOf, isOfEncryption } from "./tls.ts";

/** Where a connection leads. */
interface Place extends Backend {
  readonly url: string;
  readonly timeline: number;
}

export class Servers {
  readonly #urls: readonly string[];
  readonly #tls: PostgresTls;
  readonly #places = new WeakMap<Client, Place>();
  #serving: string | null = null;
  #timeline = 0;
  #isInDoubt = false;

  constructor(said: string) {
    const { url, tls } = splitTls(said);
    this.#urls = splitHosts(url) ?? [url];
    this.#tls = tls;
  }

  /** Rejects with AppError `unavailable` that says of each host why not. */
  async connect(use: Use): Promise<Client> {
    const encryptions = await encryptionsOf(this.#tls);
    const reasons: string[] = [];
    const first = this.#isInDoubt ? null : this.#serving;
    const known = first === null ? null : await this.#try(first, encryptions, use, reasons);
    if (known !== null && (!known.isReadOnly || this.#urls.length === 1)) return this.#use(known);
    const others = this.#urls.filter((url) => url !== first);
    const tried = await Promise.all(others.map((url) => this.#try(url, encryptions, use, reasons)));
    const [best, ...worse] = [known, ...tried].filter((each) => each !== null).toSorted(bestFirst);
    for (const { client } of worse) void client.end().catch(() => undefined);
    if (best === undefined) {
      throw new AppError("unavailable", "the store is not available now", { reason: reasons.join("; ") });
    }
    return this.#use(best);
  }

  /** Whether it leads to the server that was found last: what was written through another connection is seen through it. */
  leadsToServing(client: Client): boolean {
    const place = this.#places.get(client);
    return place?.url === this.#serving && place?.timeline === this.#timeline;
  }

  /** What the server calls it; for a connection of this alone. */
  backendOf(client: Client): Backend | undefined {
    return this.#places.get(client);
  }

  /** The host that serves may be another by now, also where this one still answers: the next connection asks them all. */
  doubt(): void {
    this.#isInDoubt = true;
  }

  /** Null, with a reason, when the host does not suit. */
  async #try(
    url: string,
    encryptions: readonly Encryption[],
    use: Use,
    reasons: string[],
  ): Promise<Candidate | null> {
    const opened = await this.#tryEach(url, encryptions, use, reasons);
    if (opened === null) return null;
    if (opened.timeline >= this.#timeline) return { ...opened, url };
    void opened.client.end().catch(() => undefined);
    reasons.push(this.#isPast(opened));
    return null;
  }

  #isPast({ timeline }: Opened): string {
    const timelines = `its timeline is ${timeline}, that of the one that took over ${this.#timeline}`;
    return `a primary of before a failover (${timelines}): stop it, or start this process again if it is right`;
  }

  async #tryEach(
    url: string,
    encryptions: readonly Encryption[],
    use: Use,
    reasons: string[],
  ): Promise<Opened | null> {
    // A socket is of this machine, and no server has TLS on it.
    const each = isSocket(url) ? [false as const] : encryptions;
    for (const encryption of each) {
      try {
        const way = { url, encryption, negotiation: this.#tls.negotiation };
        return await openConnection(way, use, this.#urls.length > 1);
      } catch (error) {
        // That there is no TLS is no reason where it goes on without.
        const isPassedOver = isWithoutTls(error) && encryption !== each.at(-1);
        if (!isPassedOver) reasons.push(error instanceof AppError ? error.message : describeFailure(error));
        if (!isOfEncryption(error)) break;
      }
    }
    return null;
  }

  #use(candidate: Candidate): Client {
    const { client, url, timeline, pid, started } = candidate;
    // Another connection may have found a later one while the slowest host was waited for.
    if (timeline < this.#timeline) {
      void client.end().catch(() => undefined);
      throw new AppError("unavailable", "the store is not available now", {
        reason: this.#isPast(candidate),
      });
    }
    this.#serving = url;
    this.#timeline = timeline;
    this.#isInDoubt = false;
    this.#places.set(client, { url, timeline, pid, started });
    return client;
  }
}

type Candidate = Opened & { readonly url: string };

/** What was promoted later before what it replaced, whatever that takes; of two of one timeline, one that takes writes. */
function bestFirst(a: Candidate, b: Candidate): number {
  return b.timeline - a.timeline || Number(a.isReadOnly) - Number(b.isReadOnly);
}
