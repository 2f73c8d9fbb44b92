import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import { isCovered } from "../../cover.ts";

/** Where the message that is open covers the list; styles/narrow.css has it too. */
const narrow = matchMedia("(max-width: 799px)");

/** Whether it does, and so all else of the page. */
export function useSheet(isOpen: boolean): boolean {
  const [isNarrow, setNarrow] = useState(narrow.matches);
  useEffect(() => {
    const listen = (): void => setNarrow(narrow.matches);
    narrow.addEventListener("change", listen);
    return () => narrow.removeEventListener("change", listen);
  }, []);
  const isSheet = isNarrow && isOpen;
  useLayoutEffect(() => {
    isCovered.set(isSheet);
    return () => isCovered.set(false);
  }, [isSheet]);
  return isSheet;
}
