import { useEffect, useState } from "preact/hooks";

/** What takes no longer than that needs no word. */
const LATE_MS = 200;

/** Whether something has been waited for so long that it is to be said. */
export function useLate(isWaiting: boolean): boolean {
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    if (!isWaiting) return undefined;
    const timer = setTimeout(() => setLate(true), LATE_MS);
    return () => {
      clearTimeout(timer);
      setLate(false);
    };
  }, [isWaiting]);
  return isWaiting && isLate;
}
