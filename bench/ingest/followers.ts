/**
 * `node bench/ingest/followers.ts PORT STREAMS`: pages that are looked at, as a process of their own, until it is ended. Each asks what
 * the inbox page asks: the stream, anew where it is far behind, and the list as often as more arrives than is put into it one by one.
 * What it costs to show a message is not the service's.
 */
import { createConnection, type Socket } from "node:net";
import { AT_ONCE_MESSAGES_MAX, AT_ONCE_MS, BEHIND_MESSAGES_MAX, behindRestMs } from "../../page/behind.ts";
import { PAGE_MESSAGES_MAX } from "../../page/views/messages/listing/paging.ts";
import { Rest } from "../../page/views/messages/listing/rest.ts";
import { RECENT } from "../../page/recent.ts";

const [port = "", streams = ""] = process.argv.slice(2);
const STREAM = "GET /messages/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
const LIST = `http://127.0.0.1:${port}/messages?order=desc&limit=${PAGE_MESSAGES_MAX}`;
const PLACE = /^event: (?:start|position)\ndata: \{"behind":(\d+)\}$/gm;

class OpenPage {
  readonly #rest = new Rest(() => void this.#readList());
  #socket: Socket | undefined;
  #isStale = true;
  #isReading = false;
  #isLoaded = false;
  #behindMs = 0;
  #beganMs = 0;
  /** Messages told since. */
  #told = 0;
  #toldMs = 0;

  /** Resolves when the service has said something. */
  open(): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = createConnection({ port: Number(port), host: "127.0.0.1" });
      this.#socket = socket;
      this.#beganMs = performance.now();
      socket.setEncoding("latin1").on("data", (text: string) => {
        resolve();
        this.#take(text);
      });
      socket.on("error", reject);
      socket.on("close", () => {
        if (this.#socket === socket) throw new Error("the server closed a stream");
      });
      socket.write(STREAM);
    });
  }

  #take(text: string): void {
    const nowMs = performance.now();
    if (nowMs - this.#toldMs >= AT_ONCE_MS) [this.#told, this.#toldMs] = [0, nowMs];
    this.#told += text.split("\nevent: message\n").length - 1;
    const behind = Math.max(...Array.from(text.matchAll(PLACE), ([, messages]) => Number(messages)));
    if (this.#told >= AT_ONCE_MESSAGES_MAX || behind >= BEHIND_MESSAGES_MAX) return this.#leave();
    if (this.#told > PAGE_MESSAGES_MAX) this.#isStale = true;
    void this.#readList();
  }

  #leave(): void {
    const left = this.#socket;
    this.#socket = undefined;
    left?.destroy();
    this.#behindMs = behindRestMs(this.#behindMs, performance.now() - this.#beganMs);
    setTimeout(() => {
      this.#isStale = true;
      void this.open();
    }, this.#behindMs);
  }

  async #readList(): Promise<void> {
    if (!this.#isStale || this.#isReading || !this.#rest.isOver()) return;
    [this.#isReading, this.#isStale] = [true, false];
    await this.#rest.after(this.#ask());
    this.#isReading = false;
    void this.#readList();
  }

  async #ask(): Promise<void> {
    const answer = await fetch(LIST, { headers: this.#isLoaded ? RECENT : {} });
    this.#isLoaded ||= answer.ok;
    await answer.arrayBuffer();
    // As the page does at a 503.
    if (!answer.ok) this.#isStale = true;
  }
}

await Promise.all(Array.from({ length: Number(streams) }, () => new OpenPage().open()));
console.log("open");
