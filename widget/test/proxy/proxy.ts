//! A network that goes wrong when told to: drops, delays, cuts, and eats upgrades, between the browser and a server.

import { connect, createServer, type Server, type Socket } from "node:net";

export class Proxy {
  /** Milliseconds that each chunk waits, in both directions. */
  delay = 0;
  /** New connections are closed at once. */
  refuse = false;
  /** What comes from the server is swallowed: requests arrive, answers do not. */
  deaf = false;
  /** Requests to upgrade get no answer at all, as behind some company proxies. */
  eatUpgrades = false;
  /** Where connections go. */
  target: number;
  port = 0;
  #server: Server;
  #pairs = new Set<[Socket, Socket]>();

  constructor(target: number) {
    this.target = target;
    this.#server = createServer((client) => this.#carry(client));
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    const address = this.#server.address();
    this.port = typeof address === "object" && address ? address.port : 0;
    return `http://127.0.0.1:${this.port}`;
  }

  /** Breaks every connection without a word. */
  cut(): void {
    for (const [client, server] of this.#pairs) {
      client.destroy();
      server.destroy();
    }
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #carry(client: Socket): void {
    client.on("error", () => undefined);
    if (this.refuse) return void client.destroy();
    const server = connect(this.target, "127.0.0.1");
    const pair: [Socket, Socket] = [client, server];
    this.#pairs.add(pair);
    const end = () => {
      this.#pairs.delete(pair);
      client.destroy();
      server.destroy();
    };
    server.on("error", end).on("close", end);
    client.on("close", end);
    let eaten = false;
    client.on("data", (chunk) => {
      if (this.eatUpgrades && /^upgrade: websocket/im.test(chunk.toString("latin1"))) eaten = true;
      if (!eaten) this.#later(() => server.write(chunk));
    });
    server.on("data", (chunk) => {
      if (!this.deaf) this.#later(() => client.write(chunk));
    });
  }

  #later(then: () => void): void {
    if (this.delay) setTimeout(then, this.delay);
    else then();
  }
}
