import type { Rejection, RejectionsAnswer } from "../../src/rejection-schemas.ts";
import { request } from "./client.ts";
import { eventually } from "./eventually.ts";

/** The last one, once there are so many: they are noted behind their answers. */
export async function lastOf(url: string, total: number): Promise<Rejection> {
  return eventually(`${total} rejections`, async () => {
    const kept = (await request(`${url}/rejections`)).json as RejectionsAnswer;
    return kept.total === total ? kept.data[0] : undefined;
  });
}
