/** The last requests to the webhook that were refused, in memory: enough to find out why, and never a text, secret or signature. */
import { createHash } from "node:crypto";
import { NOT_LOOKED_INTO, type Rejection } from "../rejection-schemas.ts";
import type { Secrets } from "../secrets.ts";
import { causeOf } from "./diagnose.ts";
import { networkOf } from "./network-of.ts";
import type { SignatureHeaders } from "./verify.ts";

/** Some 500 bytes each. */
const REJECTIONS_KEPT_MAX = 1_000;
/** What nobody has looked at within a week, nobody will. */
const REJECTION_AGE_MS_MAX = 7 * 24 * 3_600_000;
/** Up to ten milliseconds each: somebody who sends thousands of forged requests must not take the time of others. */
const DIAGNOSES_A_SECOND = 10;

/** A request that was refused, as the route saw it. */
export interface Refused {
  readonly requestId: string;
  readonly address: string;
  readonly status: number;
  readonly reason: string;
  readonly messageId: string | undefined;
  /** Null when it was not read whole. */
  readonly body: Buffer | null;
  /** Of a wrong signature, to be looked into; else undefined. */
  readonly signature: SignatureHeaders | undefined;
}

interface Kept {
  readonly network: string;
  readonly rejection: Rejection;
}

export class Rejections {
  readonly #secrets: Secrets;
  readonly #now: () => number;
  /** The oldest first. */
  readonly #kept: Kept[] = [];
  /** How many of them each network has. */
  readonly #counts = new Map<string, number>();
  #second = 0;
  #diagnosed = 0;

  constructor(secrets: Secrets, now: () => number) {
    this.#secrets = secrets;
    this.#now = now;
  }

  add({ requestId, address, status, reason, messageId, body, signature }: Refused): void {
    const network = networkOf(address);
    const rejection = {
      at: new Date(this.#now()).toISOString(),
      request_id: requestId,
      address,
      status,
      reason,
      cause: body === null || signature === undefined ? null : this.#causeOf(body, signature),
      message_id: messageId ?? null,
      body_bytes: body?.length ?? null,
      body_sha256: body === null ? null : createHash("sha256").update(body).digest("hex"),
    };
    this.#kept.push({ network, rejection });
    this.#counts.set(network, (this.#counts.get(network) ?? 0) + 1);
    if (this.#kept.length > REJECTIONS_KEPT_MAX) this.#makeRoom();
  }

  /** The last ones first, at most `limit`, and how many there are. */
  last(limit: number): { readonly data: readonly Rejection[]; readonly total: number } {
    const since = new Date(this.#now() - REJECTION_AGE_MS_MAX).toISOString();
    while (this.#kept[0] !== undefined && this.#kept[0].rejection.at < since) this.#drop(0);
    const last = this.#kept.slice(-limit).toReversed();
    return { data: last.map(({ rejection }) => rejection), total: this.#kept.length };
  }

  /** The oldest goes of whoever has the most, so that nobody pushes out those of others. */
  #makeRoom(): void {
    const most = Math.max(...this.#counts.values());
    this.#drop(this.#kept.findIndex(({ network }) => this.#counts.get(network) === most));
  }

  #drop(index: number): void {
    const [dropped] = this.#kept.splice(index, 1);
    if (dropped === undefined) return;
    const left = (this.#counts.get(dropped.network) ?? 0) - 1;
    if (left > 0) this.#counts.set(dropped.network, left);
    else this.#counts.delete(dropped.network);
  }

  #causeOf(body: Buffer, signature: SignatureHeaders): string | null {
    const second = Math.floor(this.#now() / 1_000);
    if (second !== this.#second) [this.#second, this.#diagnosed] = [second, 0];
    this.#diagnosed += 1;
    if (this.#diagnosed > DIAGNOSES_A_SECOND) return NOT_LOOKED_INTO;
    return causeOf(body, signature, this.#secrets.accepted);
  }
}
