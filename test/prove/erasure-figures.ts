/** What was erased over all rounds of a proof, for its table. */
import type { Erasures } from "./erasures.ts";

export class ErasureFigures {
  #receipts = 0;
  #cutShort = 0;
  #messages = 0;

  /** Of a load that has ended. */
  add({ receipts, cutShort, erasedNanos }: Erasures): void {
    this.#receipts += receipts;
    this.#cutShort += cutShort;
    this.#messages += erasedNanos.size;
  }

  figures(): Record<string, string | number> {
    const erasures = `${this.#receipts} with a receipt, ${this.#cutShort} cut short`;
    return { erasures, "messages erased": this.#messages };
  }
}
