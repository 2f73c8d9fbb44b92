/** `node bench/ingest/followers.ts PORT STREAMS`: pages that are open on the stream, as a process of their own, until it is ended. */
import { createConnection } from "node:net";

const [port = "", streams = ""] = process.argv.slice(2);
let open = 0;

for (let number = 0; number < Number(streams); number += 1) {
  const socket = createConnection({ port: Number(port), host: "127.0.0.1" });
  socket.write("GET /messages/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  socket.once("data", () => {
    open += 1;
    if (open === Number(streams)) console.log("open");
  });
  // What it costs to show a message is not the service's.
  socket.resume();
  socket.on("close", () => {
    throw new Error("the server closed a stream");
  });
}
