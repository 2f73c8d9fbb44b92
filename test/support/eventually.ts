/** Far longer than anything on this machine takes; only a test that fails waits for it. */
const WAIT_MS_MAX = 20_000;
const LOOK_EVERY_MS = 10;

/** Waits until `look` finds something, and returns it. `what` says in the failure what never came. */
export async function eventually<T>(
  what: string,
  look: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  const deadline = Date.now() + WAIT_MS_MAX;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => {
      setTimeout(resolve, LOOK_EVERY_MS);
    });
  }
}
