import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Icon } from "./icons.tsx";

/** Long enough to be seen. */
const SAID_MS = 2_000;

/** Copies `text`. `what` names it. */
export function CopyButton({ what, text }: { what: string; text: string }): VNode {
  const [said, say] = useState("");
  useEffect(() => {
    if (said === "") return undefined;
    const timer = setTimeout(() => say(""), SAID_MS);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = (): void => {
    void copyText(text).then((isCopied) => say(isCopied ? "Copied" : "Not copied"));
  };
  return (
    <button
      type="button"
      class="quiet copy"
      title={`Copy ${what}`}
      aria-label={`Copy ${what}`}
      onClick={copy}
    >
      <Icon name="copy" />
      <span class="copy-said" role="status">
        {said}
      </span>
    </button>
  );
}

/** Browsers give the clipboard itself to pages on https or of this machine alone; the older way is there for the others. */
async function copyText(text: string): Promise<boolean> {
  if (isSecureContext) {
    return navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
  }
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "unseen";
  document.body.append(area);
  area.select();
  const isCopied = document.execCommand("copy");
  area.remove();
  return isCopied;
}
