import type { VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { learnAccess } from "./api.ts";
import { useCell } from "./cell.ts";
import { isCovered } from "./cover.ts";
import { Failure } from "./failure.ts";
import { Icon } from "./icons.tsx";
import { isHelpOpen, KeysButton, KeysDialog, useKeys } from "./keys.tsx";
import { formatRoute, route } from "./route.ts";
import { access, isTokenNeeded, signOut } from "./session.ts";
import { SignIn } from "./sign-in.tsx";
import { viewOf, VIEWS } from "./views.tsx";

/** The shell: the rail, and the view that the address names; or the way in. */
export function App(): VNode {
  const isLocked = useCell(isTokenNeeded);
  const { view: name, parameters } = useCell(route);
  const view = viewOf(name);
  useEffect(() => {
    document.title = isLocked ? "Sign in · Lyftr" : `${view.title} · Lyftr`;
  }, [isLocked, view]);
  useFocusKept(`${isLocked} ${view.name}`);
  if (isLocked) return <SignIn />;
  return <Opened name={view.name}>{<view.Component parameters={parameters} />}</Opened>;
}

function Opened({ name, children }: { name: string; children: VNode }): VNode {
  useKeys({ "?": () => isHelpOpen.set(true) });
  useEffect(() => {
    // What the views show says as well when the service is away; without this, only less is offered.
    learnAccess().catch((error: unknown) => {
      if (!(error instanceof Failure)) throw error;
    });
  }, []);
  return (
    <div class="shell">
      <header class="rail" inert={useCell(isCovered)}>
        <a class="skip" href="#main" onClick={skip}>
          Skip to the content
        </a>
        <nav aria-label="Views">
          {VIEWS.map((view) => (
            <a
              key={view.name}
              class="rail-item"
              href={formatRoute({ view: view.name, parameters: {} })}
              aria-current={view.name === name ? "page" : undefined}
            >
              <Icon name={view.icon} />
              <span>{view.title}</span>
            </a>
          ))}
        </nav>
        <div class="rail-end">
          <KeysButton />
          <SignedIn />
        </div>
      </header>
      {children}
      <KeysDialog />
    </div>
  );
}

/** Who is signed in, where somebody has to be. */
function SignedIn(): VNode | null {
  const granted = useCell(access);
  if (granted === undefined || granted.token === null) return null;
  return (
    <button
      type="button"
      class="rail-item"
      title={`${granted.token}, who may ${granted.role === "admin" ? "read and erase" : "read"}`}
      onClick={signOut}
    >
      <Icon name="leave" />
      <span>Sign out</span>
    </button>
  );
}

/** Whoever comes to another view by what went with the former one goes on at its beginning. */
function useFocusKept(shown: string): void {
  const before = useRef(shown);
  useEffect(() => {
    if (before.current !== shown && document.activeElement === document.body)
      document.querySelector<HTMLElement>("#main")?.focus({ preventScroll: true });
    before.current = shown;
  }, [shown]);
}

/** The address is the views'; so the focus moves without it. */
function skip(event: Event): void {
  event.preventDefault();
  document.querySelector<HTMLElement>("#main")?.focus();
}
