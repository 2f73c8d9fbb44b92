/** The bytes of a file, grown as files grow: what was never written reads as zeros. */
const FIRST_BYTES = 64 * 1024;

export class Image {
  #buffer: Buffer;
  #size: number;

  constructor(buffer: Buffer = Buffer.alloc(0), size = buffer.length) {
    this.#buffer = buffer;
    this.#size = size;
  }

  write(offset: number, bytes: Buffer): void {
    this.growTo(offset + bytes.length);
    bytes.copy(this.#buffer, offset);
  }

  resize(size: number): void {
    if (size < this.#size) {
      // So that it reads as zeros when the file grows again.
      this.#buffer.fill(0, size, this.#size);
      this.#size = size;
    } else {
      this.growTo(size);
    }
  }

  growTo(size: number): void {
    if (size <= this.#size) return;
    if (size > this.#buffer.length) {
      const larger = Buffer.alloc(Math.max(size, this.#buffer.length * 2, FIRST_BYTES));
      this.#buffer.copy(larger);
      this.#buffer = larger;
    }
    this.#size = size;
  }

  copy(): Image {
    return new Image(Buffer.from(this.bytes()));
  }

  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#size);
  }
}
