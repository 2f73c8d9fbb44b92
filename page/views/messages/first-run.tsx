import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { SERVICE } from "../../api.ts";
import { CopyButton } from "../../copy-button.tsx";

/** What an empty inbox says: how its first message gets there. It goes away by itself when that is so. */
export function FirstRun(): VNode {
  const [lines] = useState(linesOf);
  return (
    <div class="first-run">
      <h2>Nothing here yet</h2>
      <p>Send the first message, in the folder of the service. It appears here by itself.</p>
      <Lines
        title="First the secret that the service was started with; not where .env has it"
        lines="export WEBHOOK_SECRET=testsecret"
        id="first-secret"
      />
      <Lines
        title="Then by hand: sign the bytes of the body, and post those same bytes"
        lines={lines.curl}
        id="first-curl"
      />
      <Lines title="Or with the command line, which does the same" lines={lines.send} id="first-send" />
      <p class="waiting" role="status">
        <span class="pulse" aria-hidden="true" /> Waiting for the first message
      </p>
    </div>
  );
}

function Lines({ title, lines, id }: { title: string; lines: string; id: string }): VNode {
  return (
    <section aria-labelledby={`${id}-title`}>
      <div class="lines-head">
        <h3 id={`${id}-title`}>{title}</h3>
        <CopyButton what="these lines" text={lines} />
      </div>
      <pre id={id} tabIndex={0} aria-labelledby={`${id}-title`}>
        {lines}
      </pre>
    </section>
  );
}

/** For this very service. An id of its own each time: one that was erased would not come again. */
function linesOf(): { readonly curl: string; readonly send: string } {
  const url = SERVICE.replace(/\/$/, "");
  const body = JSON.stringify({
    message_id: `hello-${crypto.getRandomValues(new Uint32Array(1))[0]?.toString(36)}`,
    from: "+14155550100",
    to: "+14155550199",
    ts: new Date().toISOString().replace(/\.\d+Z$/, "Z"),
    text: "Hello there",
  });
  return {
    curl: [
      `BODY='${body}'`,
      `SIGNATURE=$(printf %s "$BODY" | npm run -s lyftr -- sign)`,
      `curl ${url}/webhook -H "X-Signature: $SIGNATURE" -d "$BODY"`,
    ].join("\n"),
    send: `npm run -s lyftr -- send "Hello there" --url ${url}`,
  };
}
