//! The real server, in a folder of its own, that can be killed at any moment and started again.

import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
const candidates = [process.env["SIDEDOOR_BIN"] ?? "", join(root, "target/release/sidedoor"), join(root, "target/debug/sidedoor")];

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return typeof address === "object" && address ? address.port : 0;
}

export class RealServer {
  port = 0;
  #folder = mkdtempSync(join(tmpdir(), "sidedoor-widget-"));
  #process: ChildProcess | null = null;
  #log = "";

  /** Whether the binary was built with optimisations, as its folder tells. */
  get isRelease(): boolean {
    return candidates.find((path) => path && existsSync(path))?.includes("/release/") ?? false;
  }

  /** `origins`: the pages that may talk to it. */
  async prepare(origins: string[], port = 0): Promise<void> {
    this.port = port || (await freePort());
    writeFileSync(join(this.#folder, "sidedoor.toml"), `
listen = "127.0.0.1:${this.port}"
public_url = "http://127.0.0.1:${this.port}"
database_url = "sqlite://${join(this.#folder, "sidedoor.db")}"
intents = "${join(root, "intents")}"

[smtp]
url = "file://${join(this.#folder, "mail")}"
from = "Tidewater <chat@tidewater.example>"

[limits]
connects_per_minute = 100000

[[site]]
id = "demo"
name = "Tidewater Candles"
origins = [${[...origins, `http://127.0.0.1:${this.port}`].map((origin) => JSON.stringify(origin)).join(", ")}]
locale = "en"
greeting = "Hi! Ask us anything."
staff = ["staff@tidewater.example"]
[[site.channel]]
kind = "email"
value = "hi@tidewater.example"
`);
  }

  async start(): Promise<void> {
    const binary = candidates.find((path) => path && existsSync(path));
    if (!binary) throw new Error("no sidedoor to test against: cargo build -p sidedoor, or name one in SIDEDOOR_BIN");
    const child = spawn(binary, ["serve", "--config", join(this.#folder, "sidedoor.toml")], { cwd: this.#folder, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => { this.#log = (this.#log + chunk.toString()).slice(-4000); });
    this.#process = child;
    for (;;) {
      if (child.exitCode !== null) throw new Error(`sidedoor ended at once: ${this.#log}`);
      try {
        if ((await fetch(`http://127.0.0.1:${this.port}/readyz`)).ok) return;
      } catch {
        // Not listening yet.
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** SIGKILL: nothing is flushed, nobody is told. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
  }

  /** The mails that were written so far, newest last, as they stand in their files. */
  mails(): string[] {
    const folder = join(this.#folder, "mail");
    return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".eml")).sort().map((name) => readFileSync(join(folder, name), "utf8")) : [];
  }

  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
