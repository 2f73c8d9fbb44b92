/** `1,234 messages`, `1 message`: how many of what has a plural in s, as the reader's language writes numbers. */
export function counted(count: number, what: string): string {
  return `${count.toLocaleString()} ${what}${count === 1 ? "" : "s"}`;
}
