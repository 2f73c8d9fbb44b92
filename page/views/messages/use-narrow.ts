import { useEffect, useState } from "preact/hooks";

/** Where the message that is open covers the list; styles/narrow.css has it too. */
const narrow = matchMedia("(max-width: 799px)");

export function useNarrow(): boolean {
  const [isNarrow, setNarrow] = useState(narrow.matches);
  useEffect(() => {
    const listen = (): void => setNarrow(narrow.matches);
    narrow.addEventListener("change", listen);
    return () => narrow.removeEventListener("change", listen);
  }, []);
  return isNarrow;
}
