//! A small server that speaks the visitor's protocol faithfully, and goes wrong exactly when it is told to.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { randomUUID } from "node:crypto";
import { WebSocketServer, type WebSocket } from "ws";

type Json = Record<string, unknown>;

interface Chat {
  token: string;
  id: string;
  state: string;
  events: Json[];
  acks: Map<string, Json>;
  sockets: Set<WebSocket>;
  streams: Set<ServerResponse>;
  hellos: Json[];
  frames: Json[];
}

export interface FakeOptions {
  /** The folder that holds `index.html` and `widget/`. */
  files: string;
  /** What the server bakes into the launcher. */
  sites?: Json;
  csp?: string;
  /** Pages by path, beside those of `files`. */
  pages?: Map<string, string>;
}

/** What a visitor's message is answered with: events without `seq`, `at`. */
export type Script = (text: string, chat: Chat, frame: Json) => Json[];

export const SITE: Json = {
  name: "Tidewater Candles", accent: "#2f6fed", locale: "en",
  channels: [
    { kind: "email", label: "Email", url: "mailto:hi@tidewater.example" },
    { kind: "sms", label: "SMS", url: "sms:+15551234567" },
    { kind: "whatsapp", label: "WhatsApp", url: "https://wa.me/15551234567" },
  ],
};

const TYPES: Record<string, string> = { html: "text/html; charset=utf-8", js: "text/javascript; charset=utf-8", css: "text/css; charset=utf-8", svg: "image/svg+xml" };

export class FakeServer {
  chats = new Map<string, Chat>();
  greeting = "Hi! Ask us anything.";
  notice: Json | null = null;
  script: Script = (text) => [{ from: "bot", kind: "text", text: `You said: ${text}` }];
  /** Faults, each for as long as it is set. */
  eatUpgrades = false;
  refuseUpgrades = false;
  refuseHello = false;
  /** As the real server does to a page of an origin that is not the site's: nothing that the page may read but `/v1/allowed`. */
  foreign = false;
  /** What the welcome suggests, and the language that the site speaks. */
  suggestions: Json[] = [];
  siteLocale = "";
  unavailable = 0;
  loseHistory = false;
  /** Every path that was asked for. */
  requests: string[] = [];
  port = 0;
  #server: Server;
  #sockets = new WebSocketServer({ noServer: true });
  #options: FakeOptions;
  #open = new Set<Socket>();

  constructor(options: FakeOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.#server.on("connection", (socket) => {
      this.#open.add(socket);
      socket.on("close", () => this.#open.delete(socket));
    });
    this.#server.on("upgrade", (request, socket, head) => {
      if (this.eatUpgrades) return;
      if (this.refuseUpgrades || this.refuseHello || this.foreign) return void socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
      this.#sockets.handleUpgrade(request, socket, head, (ws) => this.#serve(ws));
    });
  }

  async listen(port = 0): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(port, "127.0.0.1", resolve));
    const address = this.#server.address();
    this.port = typeof address === "object" && address ? address.port : 0;
    return `http://127.0.0.1:${this.port}`;
  }

  /** A page more. */
  serves(path: string, html: string): void {
    this.#options.pages?.set(path, html);
  }

  async close(): Promise<void> {
    this.cut();
    for (const socket of this.#open) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  /** Cuts every connection without a word. */
  cut(): void {
    for (const chat of this.chats.values()) {
      for (const socket of chat.sockets) socket.terminate();
      for (const stream of chat.streams) stream.destroy();
    }
  }

  get chat(): Chat {
    const chat = [...this.chats.values()].findLast((one) => one.events.length > 0) ?? [...this.chats.values()].at(-1);
    if (!chat) throw new Error("nobody has said hello");
    return chat;
  }

  /** Says something in a chat, to everyone who listens. */
  say(chat: Chat, event: Json): Json {
    const whole: Json = { type: "event", seq: chat.events.length + 1, at: new Date().toISOString(), ...event };
    if (typeof whole["state"] === "string") chat.state = whole.state;
    chat.events.push(whole);
    this.push(chat, whole);
    return whole;
  }

  push(chat: Chat, frame: Json): void {
    for (const socket of chat.sockets) socket.send(JSON.stringify(frame));
    for (const stream of chat.streams) stream.write(`${frame.seq ? `id: ${String(frame.seq)}\n` : ""}data: ${JSON.stringify(frame)}\n\n`);
  }

  #hello(hello: Json): { chat: Chat; welcome: Json } {
    const known = [...this.chats.values()].find((one) => one.token === hello.visitor);
    const chat: Chat = known ?? {
      token: randomUUID(), id: randomUUID(), state: "bot", events: [], acks: new Map(), sockets: new Set(), streams: new Set(), hellos: [], frames: [],
    };
    this.chats.set(chat.token, chat);
    chat.hellos.push(hello);
    const after = known ? Number(hello.after) || 0 : 0;
    const missed = chat.events.filter((event) => Number(event.seq) > after);
    const events = missed.slice(-200);
    return {
      chat,
      welcome: {
        type: "welcome", visitor: chat.token, conversation: chat.id, seq: chat.events.length, state: chat.state,
        site: { ...SITE, locale: this.siteLocale || SITE.locale, suggestions: this.suggestions, rtl: false, greeting: this.greeting, theme: { accent: SITE.accent }, notice: this.notice },
        events, ...(missed.length > events.length ? { more: true } : {}),
      },
    };
  }

  /** Takes one frame of a visitor; gives the direct answer, if any. */
  #take(chat: Chat, frame: Json): Json | null {
    chat.frames.push(frame);
    const id = String(frame.id ?? "");
    switch (frame.type) {
      case "ping": return { type: "pong", n: frame.n };
      case "history": {
        if (this.loseHistory) return null;
        const before = chat.events.filter((event) => Number(event.seq) < Number(frame.before));
        const events = before.slice(-Number(frame.limit));
        return { type: "history", events, more: before.length > events.length };
      }
      case "typing": case "read": case "page": return null;
      case "message": case "choose": case "form": case "rate": break;
      default: return { type: "error", code: "unknown_type", message: "unknown" };
    }
    const known = chat.acks.get(id);
    if (known) return known;
    if (this.unavailable > 0) {
      this.unavailable--;
      return { type: "error", code: "unavailable", message: "not stored", id, retry_after_ms: 50 };
    }
    if (frame.type === "form") {
      const fields = frame.fields as Record<string, string>;
      if (fields.email === "wrong@wrong.wrong") return { type: "error", code: "invalid_field", message: "check", id, fields: { email: "invalid" } };
    }
    if (frame.type === "choose" && !chat.events.some((event) => event.seq === frame.seq)) return { type: "error", code: "unknown_event", message: "gone", id };
    const text = frame.type === "message" ? String(frame.text) : frame.type === "choose" ? this.#label(chat, frame) : frame.type === "form" ? Object.values(frame.fields as Json).join("\n") : "";
    const own = this.say(chat, {
      from: "visitor", kind: frame.type === "rate" ? "rating" : "text", text, id,
      ...(frame.type === "rate" ? { score: frame.score } : {}), ...(frame.seq ? { answers: frame.seq } : {}),
    });
    const ack = { type: "ack", id, seq: own.seq, at: own.at };
    chat.acks.set(id, ack);
    for (const event of frame.type === "rate" ? [] : this.script(text, chat, frame)) setImmediate(() => this.say(chat, event));
    return ack;
  }

  #label(chat: Chat, frame: Json): string {
    const offer = chat.events.find((event) => event.seq === frame.seq);
    const option = (offer?.options as { label: string; value: string }[] | undefined)?.find((one) => one.value === frame.option);
    return option?.label ?? String(frame.option);
  }

  #serve(socket: WebSocket): void {
    let chat: Chat | null = null;
    socket.on("message", (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as Json;
      if (!chat) {
        const { chat: found, welcome } = this.#hello(frame);
        chat = found;
        socket.send(JSON.stringify(welcome));
        chat.sockets.add(socket);
        return;
      }
      const answer = this.#take(chat, frame);
      if (answer) socket.send(JSON.stringify(answer));
    });
    socket.on("close", () => chat?.sockets.delete(socket));
    socket.on("error", () => undefined);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://fake");
    this.requests.push(url.pathname);
    const cors = { "access-control-allow-origin": request.headers.origin ?? "*", "access-control-allow-headers": "authorization, content-type", "access-control-expose-headers": "retry-after" };
    if (request.method === "OPTIONS") return void response.writeHead(204, cors).end();
    const json = (status: number, body: Json) => void response.writeHead(status, { ...cors, "content-type": "application/json" }).end(JSON.stringify(body));
    const token = request.headers.authorization?.replace("Bearer ", "") ?? "";
    if (url.pathname === "/v1/allowed") return void response.writeHead(this.foreign ? 403 : 204, { "access-control-allow-origin": "*" }).end();
    if (url.pathname.startsWith("/v1/") && this.foreign) return void response.writeHead(403).end();
    if (url.pathname === "/v1/hello" && this.refuseHello) return json(403, {});
    if (url.pathname === "/v1/hello") return json(200, this.#hello(JSON.parse(await body(request)) as Json).welcome);
    if (url.pathname === "/v1/send") {
      const chat = this.chats.get(token);
      if (!chat) return json(401, { type: "error", code: "not_ready", message: "hello first" });
      const answer = this.#take(chat, JSON.parse(await body(request)) as Json);
      return json(answer?.type === "error" ? (answer.code === "unavailable" ? 503 : 422) : 200, answer ?? {});
    }
    if (url.pathname === "/v1/events") {
      const chat = this.chats.get(token);
      if (!chat) return json(401, { type: "error", code: "not_ready", message: "hello first" });
      response.writeHead(200, { ...cors, "content-type": "text/event-stream", "cache-control": "no-store" });
      response.write(": hello\n\n");
      for (const event of chat.events.filter((one) => Number(one.seq) > Number(url.searchParams.get("after")))) response.write(`id: ${String(event.seq)}\ndata: ${JSON.stringify(event)}\n\n`);
      chat.streams.add(response);
      response.on("close", () => chat.streams.delete(response));
      return;
    }
    this.#file(url.pathname, response);
  }

  #file(path: string, response: ServerResponse): void {
    const type = TYPES[path.split(".").at(-1) ?? ""] ?? TYPES.html ?? "";
    const page = this.#options.pages?.get(path);
    const headers = { "content-type": type, "access-control-allow-origin": "*", "cross-origin-resource-policy": "cross-origin", ...(this.#options.csp ? { "content-security-policy": this.#options.csp } : {}) };
    try {
      if (page !== undefined) return void response.writeHead(200, headers).end(page);
      const name = path === "/" ? "index.html" : path === "/widget.js" ? "widget/launcher.js" : path === "/widget/0.1.0.js" ? "widget/whole.js" : path.slice(1);
      if (path === "/favicon.ico") return void response.writeHead(204).end();
      let text = readFileSync(join(this.#options.files, name), "utf8");
      if (path === "/widget.js") text = text.replace('"__SIDEDOOR_SITES__"', JSON.stringify(this.#options.sites ?? { demo: SITE }));
      response.writeHead(200, headers).end(text);
    } catch {
      response.writeHead(404, headers).end("not found");
    }
  }
}

async function body(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}
