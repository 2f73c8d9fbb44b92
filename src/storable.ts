/** Why no engine should be handed this string; null when every one can hold it. */
export function storableProblem(text: string): string | null {
  if (text.includes("\0")) return "holds U+0000";
  if (!text.isWellFormed()) return "holds a lone surrogate";
  return null;
}
