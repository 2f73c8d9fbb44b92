import "./language.ts";
import { render } from "preact";
import { App } from "./app.tsx";
import { counted } from "./counted.ts";
import { route } from "./route.ts";
import { viewOf } from "./views.tsx";

/** Nobody notices that a page comes so much later; a service on this machine has answered by then. */
const ANSWER_AWAITED_MS_MAX = 50;

const place = document.querySelector("#page");
if (place === null) throw new Error("the document has no place for the page");
await answered();
render(<App />, place);

/** What the view shows is asked for before it is drawn, so that the first frame has it: one frame in place of two. */
async function answered(): Promise<void> {
  const { view, parameters } = route.get();
  const answer = viewOf(view).askAhead?.(parameters);
  if (answer === undefined) return;
  // Done while the service is at it: the first number that is written takes a young browser 15 ms.
  counted(0, "message");
  const late = new Promise<void>((resolve) => {
    setTimeout(resolve, ANSWER_AWAITED_MS_MAX);
  });
  await Promise.race([answer, late]);
}
