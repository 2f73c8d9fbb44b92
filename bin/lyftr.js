#!/usr/bin/env node
// Plain JavaScript that any Node can read, so that an old one gets a sentence instead of a syntax error.
const NODE_MAJOR_MIN = 24;

if (Number(process.versions.node.split(".")[0]) < NODE_MAJOR_MIN) {
  console.error(
    `lyftr needs Node ${NODE_MAJOR_MIN} or newer, and this is ${process.version}.\n` +
      "On Linux and Windows `npm ci` installs the right one inside the project: use `npm start` or `npm run lyftr --`.\n" +
      "On other systems install Node 24 or newer first.",
  );
  process.exitCode = 1;
} else {
  // Keeps the stripped and compiled code in the system's temporary folder: half the start, and 50 MB less memory.
  // The variable carries it to the worker threads.
  const { enableCompileCache, getCompileCacheDir } = await import("node:module");
  enableCompileCache();
  const cacheFolder = getCompileCacheDir();
  if (cacheFolder !== undefined) process.env.NODE_COMPILE_CACHE ??= cacheFolder;
  const { run } = await import("../src/cli/lyftr.ts");
  await run(process.argv);
}
