import { fold } from "../../fold.ts";

/**
 * What the column `folded` holds of a text. Null where SQLite's lower(), which knows A to Z, folds it as fold() does: most
 * texts are kept once.
 */
export function foldedUnlessLower(text: string): string | null {
  const folded = fold(text);
  if (folded === text || folded === text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())) return null;
  return folded;
}
