/**
 * The language of numbers and times. Chromium under LANG=C names one that no format takes ("en-US@posix"), and uPlot hands on what it is
 * told: so this comes before it.
 */
function isTag(language: string): boolean {
  try {
    return Intl.getCanonicalLocales(language).length === 1;
  } catch {
    return false;
  }
}

if (!isTag(navigator.language)) Object.defineProperty(navigator, "language", { value: "en" });
