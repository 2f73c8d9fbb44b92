/** The ids that were erased, as the main file knows them: by hashes (store/erased-id.ts). */
import type { DatabaseSync } from "node:sqlite";
import { erasedIdHash, ID_HASH_BYTES, otherErasureKey } from "../erased-id.ts";
import type { ErasedRecord } from "../move.ts";
import { inTransaction } from "./transaction.ts";

/** By the first byte of their hashes, so that no step holds up the indexer for long. */
export const ERASED_SLICES = 256;

const AMONG = `
  SELECT value FROM json_each(?) WHERE EXISTS (SELECT 1 FROM erased WHERE id_hash = unhex(value))`;
const FORGET = "DELETE FROM erased WHERE id_hash >= ? AND id_hash < ? AND day < ?";
const FORGET_EACH = "DELETE FROM erased WHERE id_hash IN (SELECT unhex(value) FROM json_each(?)) AND day < ?";
const NOTE_FORGOTTEN = "UPDATE forgotten SET day = ?1 WHERE day < ?1";
const KNOW = `
  INSERT INTO erased VALUES (?, ?) ON CONFLICT (id_hash) DO UPDATE SET day = max(day, excluded.day)`;
const BEHIND = "SELECT id_hash, day FROM erased WHERE id_hash > ? ORDER BY id_hash LIMIT ?";

export class ErasedIds {
  readonly #database: DatabaseSync;
  readonly #any;
  readonly #among;
  readonly #key;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#any = database.prepare("SELECT EXISTS (SELECT 1 FROM erased) AS are");
    this.#among = database.prepare(AMONG);
    this.#key = database.prepare("SELECT key FROM erasure_key");
  }

  key(): Uint8Array {
    return this.#key.get()?.["key"] as Uint8Array;
  }

  /** Those of the ids that were erased. On a connection that sees every commit, it sees each erasure that was committed. */
  among(ids: readonly string[]): ReadonlySet<string> {
    const erased = new Set<string>();
    // Who never erased anything pays for no hash.
    if (ids.length === 0 || !this.#are()) return erased;
    const key = this.key();
    const byHash = new Map(ids.map((id) => [erasedIdHash(key, id).toString("hex"), id]));
    for (const { value } of this.#among.iterate(JSON.stringify([...byHash.keys()]))) {
      const id = byHash.get(String(value));
      if (id !== undefined) erased.add(id);
    }
    return erased;
  }

  /** MoveReader.erased. */
  behind(after: string | null, limit: number): ErasedRecord[] {
    const rows = this.#database.prepare(BEHIND).all(Buffer.from(after ?? "", "hex"), limit);
    return rows.map(({ id_hash, day }) => ({
      hash: Buffer.from(id_hash as Uint8Array).toString("hex"),
      day: Number(day),
    }));
  }

  /** TargetStore.keepErased, in one transaction. */
  keep(key: string, records: readonly ErasedRecord[]): void {
    inTransaction(this.#database, () => {
      if (Buffer.from(this.key()).toString("hex") !== key) {
        if (this.#are()) throw otherErasureKey();
        this.#database.prepare("UPDATE erasure_key SET key = ?").run(Buffer.from(key, "hex"));
      }
      const know = this.#database.prepare(KNOW);
      for (const { hash, day } of records) know.run(Buffer.from(hash, "hex"), day);
    });
  }

  /** Those erased before the day (retention.ts) are known no longer; `slice` counts from 0. */
  forget(day: number, slice: number): void {
    const end =
      slice + 1 === ERASED_SLICES ? Buffer.alloc(ID_HASH_BYTES + 1, 0xff) : Buffer.from([slice + 1]);
    inTransaction(this.#database, () => {
      this.#database.prepare(FORGET).run(Buffer.from([slice]), end, day);
      this.#database.prepare(NOTE_FORGOTTEN).run(day);
    });
  }

  /** TargetStore.forgetErased, in one transaction. */
  forgetEach(ids: readonly string[], day: number): number {
    const key = this.key();
    const hashes = JSON.stringify(ids.map((id) => erasedIdHash(key, id).toString("hex")));
    let forgotten = 0;
    inTransaction(this.#database, () => {
      forgotten = Number(this.#database.prepare(FORGET_EACH).run(hashes, day).changes);
      if (forgotten > 0) this.#database.prepare(NOTE_FORGOTTEN).run(day);
    });
    return forgotten;
  }

  /** MoveReader.forgottenDay. */
  forgottenDay(): number {
    return Number(this.#database.prepare("SELECT day FROM forgotten").get()?.["day"]);
  }

  #are(): boolean {
    return this.#any.get()?.["are"] === 1;
  }
}
