/**
 * Scrolling through more than an element can be high: browsers end at some 17 to 33 million pixels, which a million rows exceed. Up to
 * HEIGHT_PX_MAX the element is as high as its rows. Above, small steps move the rows by as many pixels, and large ones (the scroll bar
 * dragged) go to the same share of the whole; between the two, rows are drawn `offset` pixels away from where they would be.
 */
const HEIGHT_PX_MAX = 8_000_000;

export class VirtualScroll {
  /** Of the whole list, the first pixel in sight. */
  top = 0;
  #offset = 0;
  #lastScrollTop = 0;
  #height = 0;
  readonly #element: HTMLElement;

  constructor(element: HTMLElement) {
    this.#element = element;
  }

  /** What an element can be of a list that is so high. */
  static heightOf(listHeight: number): number {
    return Math.min(listHeight, HEIGHT_PX_MAX);
  }

  /** By so much rows are drawn higher than where they are in the list. */
  get offset(): number {
    return this.#offset;
  }

  /** After the element got the height that heightOf says. Returns whether rows have to be drawn elsewhere for it. */
  put(listHeight: number, top: number): boolean {
    if (listHeight === this.#height && top === this.top) return false;
    const before = [this.top, this.#offset];
    this.#height = listHeight;
    this.moveTo(top);
    return this.top !== before[0] || this.#offset !== before[1];
  }

  /** After the element was scrolled, by whoever did. */
  scrolled(): void {
    const { scrollTop, clientHeight } = this.#element;
    const step = scrollTop - this.#lastScrollTop;
    this.#lastScrollTop = scrollTop;
    if (!this.#isScaled) {
      this.top = scrollTop;
      return;
    }
    if (Math.abs(step) > 2 * clientHeight) {
      this.top = (scrollTop / this.#elementTopMax) * this.#topMax;
      this.#offset = this.top - scrollTop;
    } else {
      this.top = this.#within(scrollTop + this.#offset);
    }
    const isAtEnd = scrollTop <= 0 || scrollTop >= this.#elementTopMax;
    if (isAtEnd) this.settle();
  }

  moveTo(top: number): void {
    this.top = this.#within(top);
    this.settle();
  }

  /** Puts the scroll bar where it belongs; nothing that is in sight moves. */
  settle(): void {
    const share = this.#isScaled ? this.#elementTopMax / this.#topMax : 1;
    const wanted = this.top * share;
    if (Math.abs(this.#element.scrollTop - wanted) >= 1) this.#element.scrollTop = wanted;
    this.#lastScrollTop = this.#element.scrollTop;
    this.#offset = this.#isScaled ? this.top - this.#lastScrollTop : 0;
  }

  get #isScaled(): boolean {
    return this.#height > HEIGHT_PX_MAX;
  }

  get #topMax(): number {
    return Math.max(1, this.#height - this.#element.clientHeight);
  }

  get #elementTopMax(): number {
    return Math.max(1, VirtualScroll.heightOf(this.#height) - this.#element.clientHeight);
  }

  #within(top: number): number {
    return Math.max(0, Math.min(top, this.#height - this.#element.clientHeight));
  }
}
