import type { Findings } from "../../check.ts";
import { readMoment } from "../moment.ts";
import { createPart, fillPart, searchTable, termsTable } from "../part.ts";
import type { KeptFile } from "./kept-file.ts";
import { slices } from "./slices.ts";
import { compareTerms, createTerms, dropTerms } from "./terms.ts";

/** Of the time that a part takes: to make it anew, and to compare it. */
const SHARE_MADE = 0.6;

/**
 * That the search index holds the trigrams of the texts and nothing else: each part is made anew from its messages, in
 * memory (some 100 MB), and compared trigram by trigram. None of them is told, since they are pieces of texts.
 */
export function* checkSearch({ database, queries }: KeptFile, found: Findings): Generator<number> {
  const { parts, searchable } = readMoment(queries);
  for (const part of parts) {
    const share = (above: number, made: number): number =>
      (part.firstId + (above - part.firstId) * made) / searchable;
    // Of the same names as those of the file, and found before them.
    database.exec(createPart(part.part) + createTerms(part.part));
    const fill = database.prepare(fillPart(part.part));
    for (const [above, upTo] of slices(part.firstId - 1, part.lastId)) {
      fill.run(above, upTo);
      yield share(upTo, SHARE_MADE);
    }
    queries.inOneSnapshot(() => {
      // Messages never change, but the service may have filled the part further.
      fill.run(part.lastId, Math.min(part.fullId, readMoment(queries).searchable));
      compareTerms(part.part, queries, found);
    });
    database.exec(
      `${dropTerms()} DROP TABLE main.${termsTable(part.part)}; DROP TABLE main.${searchTable(part.part)}`,
    );
    yield share(part.lastId, 1);
  }
}
