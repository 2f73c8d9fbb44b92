import type { Message } from "../message.ts";
import type { AppendResult, Store } from "../store/store.ts";
import type { Sides } from "./sides.ts";

/**
 * What appends to the target. An id that was erased in the source, forgotten there and taken anew is still known as erased in a target
 * that was told of it before: it is forgotten there too. What the target erased by itself since it took over stays erased: that was
 * later than what the source forgot.
 */
export function takingAnew({ source, store }: Sides): Pick<Store, "append" | "stats"> {
  return {
    async append(batch: readonly Message[]): Promise<readonly AppendResult[]> {
      const results = await store.append(batch);
      const known = batch.filter((_, index) => results[index] === "duplicate");
      const day = known.length === 0 ? 0 : await source.forgottenDay();
      if (day === 0) return results;
      const ids = known.map(({ message_id }) => message_id);
      if ((await store.forgetErased(ids, day)) === 0) return results;
      const again = (await store.append(known)).values();
      return results.map((result) => (result === "duplicate" ? (again.next().value ?? result) : result));
    },
    stats: () => store.stats(),
  };
}
