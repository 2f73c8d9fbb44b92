/** A format that is made when it is first needed: to make one takes a young browser some milliseconds, for which its first frame would wait. */
export class DateFormat {
  readonly #options: Intl.DateTimeFormatOptions;
  #made: Intl.DateTimeFormat | undefined;

  constructor(options: Intl.DateTimeFormatOptions) {
    this.#options = options;
  }

  /** Of milliseconds since 1970, or a Date. */
  format(at: Date | number): string {
    return this.#format.format(at);
  }

  formatRange(from: number, until: number): string {
    return this.#format.formatRange(from, until);
  }

  get #format(): Intl.DateTimeFormat {
    return (this.#made ??= new Intl.DateTimeFormat(undefined, this.#options));
  }
}
