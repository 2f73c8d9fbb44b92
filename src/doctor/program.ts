import { type Finding, ok, warn } from "../finding.ts";
import { VERSION } from "../version.ts";

/** The Node that runs what is in package.json and was measured; newer ones run it too. */
const TRIED_MAJOR = 24;

/** An older one than the oldest that works cannot run this file: it has no types to strip. */
export function examineProgram(): Finding {
  const says = `lyftr ${VERSION} on Node ${process.versions.node}, ${process.platform} ${process.arch}`;
  const major = Number(process.versions.node.split(".", 1)[0]);
  if (major === TRIED_MAJOR) return ok("program", says);
  return warn(
    "program",
    `${says}: it is tried with Node ${TRIED_MAJOR}`,
    "start it by npm start or npx, which take the Node in node_modules",
  );
}
