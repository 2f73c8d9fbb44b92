// @ts-check
// Makes of this folder what the service serves: dist/page. Plain JavaScript, since `npm ci` runs it on whatever Node is there.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";

const PAGE = fileURLToPath(new URL("./", import.meta.url));
const BUILT = fileURLToPath(new URL("../dist/page", import.meta.url));
/** Takes the place of the former build in one step. */
const FRESH = `${BUILT}.${process.pid}`;

const { metafile } = await build({
  entryPoints: ["main.tsx", "main.css", "icon.svg"].map((name) => join(PAGE, name)),
  outdir: join(FRESH, "assets"),
  entryNames: "[name]-[hash]",
  absWorkingDir: PAGE,
  bundle: true,
  // What is imported only when it is wanted becomes a file of its own.
  splitting: true,
  chunkNames: "[name]-[hash]",
  minify: true,
  metafile: true,
  format: "esm",
  target: "es2022",
  jsx: "automatic",
  jsxImportSource: "preact",
  loader: { ".svg": "copy" },
  logLevel: "warning",
});

/** What each entry became, by the entry's name. @type {Record<string, string>} */
const made = {};
for (const [path, { entryPoint }] of Object.entries(metafile.outputs)) {
  if (entryPoint !== undefined) made[entryPoint] = `assets/${path.split("/").pop()}`;
}
const document = readFileSync(join(PAGE, "index.html"), "utf8").replaceAll(
  /\{\{(main\.tsx|main\.css|icon\.svg)\}\}/g,
  (_, /** @type {string} */ name) => {
    const path = made[name];
    if (path === undefined) throw new Error(`nothing was made of ${name}`);
    return path;
  },
);
mkdirSync(FRESH, { recursive: true });
writeFileSync(join(FRESH, "index.html"), document);

// Compressed once and well, so that no request waits for it.
for (const name of readdirSync(join(FRESH, "assets"))) {
  const file = join(FRESH, "assets", name);
  const bytes = readFileSync(file);
  const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
  writeFileSync(`${file}.br`, brotliCompressSync(bytes, { params }));
  writeFileSync(`${file}.gz`, gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION }));
}

rmSync(BUILT, { recursive: true, force: true });
renameSync(FRESH, BUILT);
