/** Resolves once `isTrue` says so: for what no event tells. The test's own time limit ends a wait in vain. */
export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) {
    await new Promise((resolve) => {
      setTimeout(resolve, 2);
    });
  }
}
