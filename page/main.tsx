import "./language.ts";
import { render } from "preact";
import { App } from "./app.tsx";

const place = document.querySelector("#page");
if (place === null) throw new Error("the document has no place for the page");
render(<App />, place);
