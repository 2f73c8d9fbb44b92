import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { askAccess } from "./api.ts";
import { Failure } from "./failure.ts";
import { signIn } from "./session.ts";

/** Asks for an API token, and lets nobody in whom the service would not. */
export function SignIn(): VNode {
  const [problem, setProblem] = useState("");
  const [isAsking, setAsking] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  // Also behind a sign-out, when the document has had its autofocus.
  useEffect(() => field.current?.focus(), []);

  const submit = async (): Promise<void> => {
    const given = field.current?.value.trim() ?? "";
    setAsking(true);
    setProblem("");
    try {
      signIn(given, await askAccess(given));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      setProblem(error.kind === "signed-out" ? "This token is not known here." : error.message);
      field.current?.focus();
    } finally {
      setAsking(false);
    }
  };

  return (
    <main class="gate" id="main">
      <form
        class="card"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <h1>Sign in</h1>
        <p>This inbox is read with an API token. It is kept until you sign out or close the tab.</p>
        <label class="field">
          <span>API token</span>
          <input
            ref={field}
            name="token"
            type="password"
            required
            autoComplete="off"
            spellcheck={false}
            aria-invalid={problem !== ""}
            aria-describedby="token-problem"
          />
        </label>
        <p id="token-problem" class="problem" role="alert">
          {problem}
        </p>
        <button type="submit" class="button is-first" disabled={isAsking}>
          Sign in
        </button>
      </form>
    </main>
  );
}
