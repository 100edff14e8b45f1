//! The ladder with a clock of our own: which way is tried when, and how soon a dead one is noticed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createConnection, PATIENCE_MS, SOCKET_MS, STREAM_MEMORY_MS, type Connection, type Status } from "../../src/connection.js";
import type { Outside } from "../../src/transport.js";

const WELCOME = JSON.stringify({ type: "welcome", visitor: "t", conversation: "c", seq: 0, state: "bot", site: {}, events: [] });

class FakeSocket {
  readyState = 0;
  sent: string[] = [];
  closed = false;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  constructor(readonly url: string) {}
  send(text: string): void { this.sent.push(text); }
  close(): void { this.closed = true; }
  opens(): void { this.readyState = 1; this.onopen?.(); }
  hears(data: string): void { this.onmessage?.({ data }); }
  dies(code = 1006): void { this.readyState = 3; this.onclose?.({ code }); }
}

class World {
  now = 1_000_000;
  sockets: FakeSocket[] = [];
  posts: string[] = [];
  statuses: Status[] = [];
  streamUntil = 0;
  online = true;
  /** What POST /v1/hello gives. */
  hello: () => Promise<Response> = () => Promise.reject(new Error("down"));
  connection: Connection;
  #timers = new Map<number, { at: number; then: () => void }>();
  #next = 1;

  constructor() {
    const outside: Outside = {
      socket: (url) => {
        const socket = new FakeSocket(url);
        this.sockets.push(socket);
        return socket as unknown as WebSocket;
      },
      fetch: (url) => {
        this.posts.push(url);
        return url.includes("/v1/hello") ? this.hello() : Promise.resolve(new Response(new ReadableStream({ start: () => undefined }), { headers: { "content-type": "text/event-stream" } }));
      },
      after: (ms, then) => {
        this.#timers.set(this.#next, { at: this.now + ms, then });
        return this.#next++;
      },
      cancel: (timer) => void this.#timers.delete(timer),
      now: () => this.now,
      random: () => 0.5,
      online: () => this.online,
    };
    this.connection = createConnection(outside, "http://chat", "demo", { streamUntil: () => this.streamUntil, remember: (until) => { this.streamUntil = until; } }, {
      hello: () => ({ type: "hello", visitor: null, after: 0, locale: "en", page: { url: "", title: "", referrer: "" } }),
      welcome: () => undefined,
      frame: () => undefined,
      refused: () => undefined, status: (status) => this.statuses.push(status),
    });
  }

  get socket(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error("no socket");
    return socket;
  }

  async settle(): Promise<void> {
    for (let i = 0; i < 20; i++) await Promise.resolve();
    await new Promise((resolve) => setImmediate(resolve));
  }

  async passes(ms: number): Promise<void> {
    const end = this.now + ms;
    for (;;) {
      await this.settle();
      const due = [...this.#timers].filter(([, timer]) => timer.at <= end).sort((a, b) => a[1].at - b[1].at)[0];
      if (!due) break;
      this.#timers.delete(due[0]);
      this.now = Math.max(this.now, due[1].at);
      due[1].then();
    }
    this.now = end;
  }

  welcomes(): void {
    this.socket.opens();
    this.socket.hears(WELCOME);
  }
}

test("a socket that is welcomed is live, and speaks our subprotocol's address", () => {
  const world = new World();
  world.connection.start();
  world.welcomes();
  assert.equal(world.socket.url, "ws://chat/v1/ws?site=demo");
  assert.equal((JSON.parse(world.socket.sent[0] ?? "") as { type: string }).type, "hello");
  assert.deepEqual(world.statuses, ["connecting", "live"]);
});

test("a socket without a welcome gives way to the stream within seconds, and that is remembered", async () => {
  const world = new World();
  world.hello = () => Promise.resolve(new Response(WELCOME));
  world.connection.start();
  await world.passes(SOCKET_MS);
  assert.equal(world.socket.closed, true);
  assert.equal(world.connection.status, "live");
  assert.ok(world.streamUntil >= world.now + STREAM_MEMORY_MS - 10);
  world.connection.stop();
  world.connection.start();
  await world.passes(10);
  assert.equal(world.sockets.length, 1, "the next time begins with the stream");
});

test("while nothing works it says so after a moment, and tries on with growing pauses", async () => {
  const world = new World();
  world.connection.start();
  world.socket.dies();
  await world.passes(PATIENCE_MS - 1);
  assert.equal(world.connection.status, "connecting");
  const dying = async (ms: number) => { for (let t = 0; t < ms; t += 50) { if (world.socket.readyState === 0) world.socket.dies(); await world.passes(50); } };
  await dying(200);
  assert.equal(world.connection.status, "down");
  const before = world.sockets.length;
  await dying(60_000);
  const tries = world.sockets.length - before;
  assert.ok(tries >= 3 && tries <= 12, `${tries} tries in a minute`);
  world.connection.wake();
  world.welcomes();
  assert.equal(world.connection.status, "live");
});

test("without a network it says so at once", () => {
  const world = new World();
  world.online = false;
  world.connection.start();
  world.socket.dies();
  return world.passes(60).then(() => assert.equal(world.connection.status, "down"));
});

test("a refusal ends it: trying again would change nothing", async () => {
  const world = new World();
  world.hello = () => Promise.resolve(new Response("{}", { status: 403 }));
  world.connection.start();
  world.socket.dies();
  await world.passes(120_000);
  assert.equal(world.connection.status, "refused");
  assert.equal(world.sockets.length, 1);
});

test("a busy server's Retry-After is waited for", async () => {
  const world = new World();
  world.hello = () => Promise.resolve(new Response("{}", { status: 503, headers: { "retry-after": "7" } }));
  world.connection.start();
  world.socket.dies();
  await world.passes(6900);
  assert.equal(world.sockets.length, 1);
  await world.passes(800);
  assert.equal(world.sockets.length, 2);
});

test("a server that says bye is left alone for as long as it asks", async () => {
  const world = new World();
  world.connection.start();
  world.welcomes();
  world.socket.hears(JSON.stringify({ type: "bye", reason: "restarting", retry_after_ms: 2000 }));
  world.socket.dies(1001);
  await world.passes(1900);
  assert.equal(world.sockets.length, 1);
  await world.passes(800);
  assert.equal(world.sockets.length, 2);
  world.welcomes();
  assert.equal(world.statuses.includes("down"), false);
});

test("a silent socket is pinged, and given up when it does not answer", async () => {
  const world = new World();
  world.connection.start();
  world.welcomes();
  await world.passes(25_000);
  assert.match(world.socket.sent.at(-1) ?? "", /"ping"/);
  world.socket.hears('{"type":"pong","n":1}');
  await world.passes(8000 + 25_000);
  assert.equal(world.sockets.length, 1);
  await world.passes(8000 + 1000);
  assert.equal(world.sockets.length, 2);
});

test("after sleep a dead socket is noticed within seconds", async () => {
  const world = new World();
  world.connection.start();
  world.welcomes();
  world.connection.wake();
  await world.passes(4000);
  assert.equal(world.sockets.length, 2);
});

test("stopping leaves no timer and no socket", async () => {
  const world = new World();
  world.connection.start();
  world.welcomes();
  world.connection.stop();
  const { socket } = world;
  await world.passes(200_000);
  assert.equal(socket.closed, true);
  assert.equal(world.sockets.length, 1);
  assert.equal(world.connection.status, "stopped");
});
