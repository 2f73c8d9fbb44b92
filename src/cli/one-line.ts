import { stripVTControlCharacters } from "node:util";

/** Without control characters: what a stranger sent must not be able to steer the terminal that shows it. */
export function oneLine(text: string, charactersMax: number): string {
  const line = Array.from(stripVTControlCharacters(text).replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " "));
  return line.length <= charactersMax ? line.join("") : `${line.slice(0, charactersMax - 1).join("")}…`;
}
