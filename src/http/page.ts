/** The inbox page: what page/build.js made of page/, held in memory. It holds no data, so it is open to everybody. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { AppError } from "../errors.ts";

/** Where page/build.js puts it. */
const BUILT = fileURLToPath(new URL("../../dist/page/", import.meta.url));
/** The page's word for where the service's answers are, seen from the page. */
const API_PLACE = "{{api}}";

const TYPES: Readonly<Record<string, string>> = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** As the build names what it compressed; the smallest first. */
const ENCODINGS = [
  ["br", ".br"],
  ["gzip", ".gz"],
] as const;

/** Nothing but this service's own files and answers; no script or style inside the document, no markup out of a text. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

/** What a name with its content's hash leads to never changes. */
const IMMUTABLE = "public, max-age=31536000, immutable";

interface Asset {
  readonly type: string;
  readonly plain: Buffer;
  /** By the name of the encoding. */
  readonly encoded: ReadonlyMap<string, Buffer>;
}

export interface Page {
  /** Where it is, with a slash at its end. */
  readonly path: string;
  /** Undefined where it was not built. */
  readonly document: string | undefined;
  readonly assets: ReadonlyMap<string, Asset>;
  /** The paths that need no token. */
  readonly openPaths: ReadonlySet<string>;
}

/** What was built, to be served at `path`, which has a slash at its end. */
export function readPage(path: string, folder = BUILT): Page {
  if (!existsSync(`${folder}index.html`)) return { ...nothingAt(path), openPaths: new Set(bothOf(path)) };
  // As many steps up as the page is deep, so that it also works behind a proxy that puts it below a path of its own.
  const up = "../".repeat(path.split("/").length - 2) || "./";
  const document = readFileSync(`${folder}index.html`, "utf8").replace(API_PLACE, up);
  const names = readdirSync(`${folder}assets`).filter((name) => extname(name) in TYPES);
  const assets = new Map(names.map((name) => [name, readAsset(`${folder}assets/${name}`)]));
  return {
    path,
    document,
    assets,
    openPaths: new Set([...bothOf(path), ...names.map((name) => `${path}assets/${name}`)]),
  };
}

export function pageRoutes(app: FastifyInstance, page: Page): void {
  const { path, document = "", assets } = page;
  const etag = `"${createHash("sha256").update(document).digest("base64url")}"`;

  app.get(path, (request, reply) => {
    if (page.document === undefined) {
      throw new AppError(
        "not_found",
        "the inbox page is not built here: run npm run build:page, then start again",
      );
    }
    reply.headers({
      "content-security-policy": PAGE_POLICY,
      "cross-origin-opener-policy": "same-origin",
      "cache-control": "no-cache",
      etag,
    });
    if (request.headers["if-none-match"] === etag) return reply.code(304).send();
    return reply.type("text/html; charset=utf-8").send(document);
  });

  // Relative, so that it holds behind a proxy; what the page asks for is relative to it.
  const [, bare] = bothOf(path);
  if (bare !== undefined)
    app.get(bare, (_request, reply) => reply.redirect(`${bare.split("/").pop()}/`, 308));

  app.get<{ Params: { name: string } }>(`${path}assets/:name`, (request, reply) => {
    const asset = assets.get(request.params.name);
    if (asset === undefined) throw new AppError("not_found", "no such path: see /docs");
    return sendAsset(asset, request, reply);
  });
}

function sendAsset(asset: Asset, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.headers({ "cache-control": IMMUTABLE, vary: "accept-encoding" }).type(asset.type);
  const taken = takenEncodings(request.headers["accept-encoding"] ?? "");
  const encoding = [...asset.encoded.keys()].find((name) => taken.has(name));
  if (encoding === undefined) return reply.send(asset.plain);
  return reply.header("content-encoding", encoding).send(asset.encoded.get(encoding));
}

/** What Accept-Encoding names and does not forbid by `q=0` (RFC 9110 §12.5.3). */
function takenEncodings(header: string): ReadonlySet<string> {
  const taken = header.split(",").flatMap((entry) => {
    const [name = "", ...parameters] = entry.split(";").map((part) => part.trim().toLowerCase());
    return parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter)) ? [] : [name];
  });
  return new Set(taken);
}

function readAsset(file: string): Asset {
  const encoded = ENCODINGS.filter(([, suffix]) => existsSync(file + suffix)).map(
    ([name, suffix]) => [name, readFileSync(file + suffix)] as const,
  );
  return { type: TYPES[extname(file)] ?? "", plain: readFileSync(file), encoded: new Map(encoded) };
}

function nothingAt(path: string): Omit<Page, "openPaths"> {
  return { path, document: undefined, assets: new Map() };
}

/** With its slash, and without it where it has one to lose. */
function bothOf(path: string): readonly string[] {
  return path === "/" ? [path] : [path, path.slice(0, -1)];
}
