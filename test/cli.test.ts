import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { signature } from "./support/client.ts";
import { deserted, runClient } from "./support/cli.ts";
import { PROGRAM, runProgram } from "./support/program.ts";
import { SECRET } from "./support/sample.ts";
import { startTestService } from "./support/service.ts";
import { tempFolder } from "./support/temp.ts";

test("--help tells what the program does and names its commands", async (t) => {
  for (const flag of ["--help", "-h"]) {
    const { code, stdout, stderr } = await runProgram([flag], { cwd: tempFolder(t) });
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /message inbox/i);
    for (const command of ["serve", "send", "messages", "stats", "check", "migrate", "sign"]) {
      assert.match(stdout, new RegExp(`^\\s+${command}\\b`, "m"));
    }
    assert.match(stdout, /exit codes/i);
  }
});

test("--help of a command tells what it does and names its flags", async (t) => {
  const cwd = tempFolder(t);
  for (const [command, does, flags] of [
    ["serve", /run the service/i, []],
    ["send", /sign and post/i, ["--text", "--from", "--to", "--id", "--ts", "--stdin", "--url"]],
    [
      "messages",
      /list.*search/i,
      ["--from", "--to", "--since", "--until", "--q", "--order", "--limit", "--offset", "--json", "--url"],
    ],
    ["stats", /figures/i, ["--json", "--url"]],
    ["check", /recount/i, ["--json"]],
    ["migrate", /move an inbox/i, ["--from", "--to", "--only", "--json"]],
    ["sign", /X-Signature/, []],
  ] as const) {
    // Asking for help must work before anything is set.
    const { code, stdout, stderr } = await runProgram([command, "--help"], {
      cwd,
      env: { WEBHOOK_SECRET: undefined },
    });
    assert.deepEqual([code, stderr], [0, ""], command);
    assert.match(stdout, does);
    for (const flag of flags) assert.ok(stdout.includes(`${flag} <`) || stdout.includes(`${flag} `), flag);
  }
});

test("--version is the version of the package", async (t) => {
  const { code, stdout } = await runProgram(["--version"], { cwd: tempFolder(t) });
  assert.equal(code, 0);
  assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
});

test("an unknown command, flag or argument exits 2 and is named on stderr", async (t) => {
  const cwd = tempFolder(t);
  for (const [args, named] of [
    [["frobnicate"], "frobnicate"],
    [["--frobnicate"], "--frobnicate"],
    [["serve", "--frobnicate"], "--frobnicate"],
    [["send", "--frobnicate"], "--frobnicate"],
    [["messages", "--frobnicate"], "--frobnicate"],
    [["messages", "--limit"], "--limit"],
    [["messages", "--order", "sideways"], "--order"],
    [["stats", "--frobnicate"], "--frobnicate"],
    [["check", "--frobnicate"], "--frobnicate"],
    [["migrate"], "--from"],
    [["migrate", "--from", "sqlite:///a.db", "--to", "sqlite:///b.db", "--only", "half"], "--only"],
    [["sign", "--frobnicate"], "--frobnicate"],
  ] as const) {
    const { code, stdout, stderr } = await runProgram(args, { cwd });
    assert.equal(code, 2, args.join(" "));
    assert.ok(stderr.includes(named), `${args.join(" ")}: ${stderr}`);
    assert.equal(stdout, "", args.join(" "));
  }
});

test("sign prints the X-Signature of standard input, byte for byte", async (t) => {
  const everyByte = Buffer.from(Array.from({ length: 1024 }, (_, index) => (index * 7) % 256));
  for (const input of [
    Buffer.alloc(0),
    Buffer.from("\n"),
    Buffer.from('{"a":1}\r\n'),
    Buffer.from([0xff, 0xfe, 0x00, 0x80, 0x0a, 0x1a, 0x04]),
    everyByte,
    Buffer.alloc(300_000, everyByte),
  ]) {
    const child = spawn(process.execPath, [PROGRAM, "sign"], {
      cwd: tempFolder(t),
      env: { ...process.env, WEBHOOK_SECRET: SECRET },
    });
    child.stdin.end(input);
    const [stdout] = await Promise.all([text(child.stdout), once(child, "close")]);
    assert.equal(child.exitCode, 0);
    assert.equal(stdout, `${signature(input)}\n`);
  }
});

test("sign and send without a secret exit 2 and name the setting", async (t) => {
  const { url } = await startTestService(t);
  for (const secret of [undefined, ""]) {
    for (const args of [["sign"], ["send", "hello"]]) {
      const { code, stdout, stderr } = await runClient(t, url, args, { secret });
      assert.deepEqual([code, stdout], [2, ""], args.join(" "));
      assert.match(stderr, /WEBHOOK_SECRET/);
    }
  }
});

test("reading needs no secret", async (t) => {
  const { url } = await startTestService(t);
  for (const args of [["messages"], ["stats"]]) {
    assert.equal((await runClient(t, url, args, { secret: undefined })).code, 0, args.join(" "));
  }
});

test("a service that cannot be reached makes every client command exit 3, and say where it looked", async (t) => {
  const url = await deserted();
  for (const args of [["send", "hello"], ["messages"], ["messages", "--json"], ["stats"]]) {
    const { code, stdout, stderr } = await runClient(t, url, args);
    assert.deepEqual([code, stdout], [3, ""], args.join(" "));
    assert.ok(stderr.includes(url), stderr);
    assert.doesNotMatch(stderr, /^\s+at /m, "a sentence, not a stack");
  }
});

test("an address that is none exits 2", async (t) => {
  for (const args of [["send", "hello"], ["messages"], ["stats"]]) {
    const { code, stderr } = await runProgram([...args, "--url", "no address"], { cwd: tempFolder(t) });
    assert.equal(code, 2, `${args.join(" ")}: ${stderr}`);
    assert.doesNotMatch(stderr, /^\s+at /m, "a sentence, not a stack");
  }
});
