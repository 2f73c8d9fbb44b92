/**
 * The one form in which texts and search needles are compared: NFC, then JavaScript's locale-independent
 * lower case. Both sides go through this function, so `É` finds `e` + combining acute, and `ПРИВЕТ` finds `привет`.
 * Accents are kept (`e` does not find `é`); a dotted capital İ folds to `i` + U+0307, in every locale alike.
 */
export function fold(text: string): string {
  return text.normalize("NFC").toLowerCase();
}
