//! The two ways to the server: a WebSocket, and a stream of events with POSTs. Both speak the same objects.

import { parseFrame, type Hello, type KeptFrame, type LightFrame, type ServerFrame } from "./wire.js";

/** What a browser gives, so that tests can give something else. */
export interface Outside {
  socket(url: string, protocol: string): WebSocket;
  fetch(url: string, init: RequestInit): Promise<Response>;
  after(ms: number, then: () => void): number;
  cancel(timer: number): void;
  now(): number;
  /** 0 ≤ n < 1 */
  random(): number;
  online(): boolean;
}

/** Why a way has ended. */
export interface End {
  /** The site (404) or the page's origin (403) is refused: trying again is of no use. */
  refused?: number;
  /** The server's own word on when to come back. */
  retryAfterMs?: number;
}

export interface Way {
  readonly kind: "socket" | "stream";
  send(frame: KeptFrame | LightFrame): void;
  close(): void;
}

export interface WayEvents {
  frame(frame: ServerFrame): void;
  /** Called once, unless we closed the way ourselves. */
  end(end: End): void;
}

/** `https://chat.acme.example` → `wss://chat.acme.example` */
export function openSocket(outside: Outside, server: string, site: string, hello: Hello, on: WayEvents): Way {
  let done = false;
  let retryAfterMs: number | undefined;
  const end = () => {
    if (done) return;
    done = true;
    on.end(retryAfterMs === undefined ? {} : { retryAfterMs });
  };
  let socket: WebSocket | null = null;
  const opened = () => socket?.send(JSON.stringify(hello));
  const heard = (event: MessageEvent<unknown>) => {
    if (done || typeof event.data !== "string") return;
    const frame = parseFrame(event.data);
    if (frame?.type === "bye") retryAfterMs = frame.retryAfterMs;
    if (frame) on.frame(frame);
  };
  const closed = (event: CloseEvent) => {
    if (event.code === 4429) retryAfterMs = Math.max(retryAfterMs ?? 0, 5000);
    end();
  };
  try {
    socket = outside.socket(`${server.replace(/^http/, "ws")}/v1/ws?site=${encodeURIComponent(site)}`, "sidedoor.v1");
    socket.onopen = opened;
    socket.onmessage = heard;
    socket.onclose = closed;
  } catch {
    // A Content Security Policy without wss: throws here in some browsers.
    outside.after(0, end);
  }
  return {
    kind: "socket",
    send: (frame) => { if (socket?.readyState === 1) socket.send(JSON.stringify(frame)); },
    close() {
      done = true;
      if (!socket) return;
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close(1000);
    },
  };
}

/** How long a POST may take before the way counts as broken, in milliseconds: a slow phone network, and no longer. */
const POST_MS = 12_000;
/** Servers and proxies send something at least every half minute; a longer silence is a dead stream. */
const SILENCE_MS = 45_000;

export function openStream(outside: Outside, server: string, site: string, hello: Hello, on: WayEvents): Way {
  const life = new AbortController();
  let done = false;
  let token = "";
  let seen = 0;
  let queue: Promise<void> = Promise.resolve();

  const end = (end: End) => {
    if (done) return;
    done = true;
    life.abort();
    on.end(end);
  };

  const call = async (path: string, init: RequestInit): Promise<Response> => {
    const timeout = new AbortController();
    const timer = outside.after(POST_MS, () => timeout.abort());
    const stop = () => timeout.abort();
    life.signal.addEventListener("abort", stop);
    try {
      return await outside.fetch(server + path, { ...init, signal: timeout.signal, credentials: "omit", cache: "no-store", mode: "cors" });
    } finally {
      outside.cancel(timer);
      life.signal.removeEventListener("abort", stop);
    }
  };
  const post = (path: string, body: unknown) =>
    call(path, {
      method: "POST",
      body: JSON.stringify(body),
      headers: token ? { "content-type": "application/json", authorization: `Bearer ${token}` } : { "content-type": "application/json" },
    });

  const begin = async () => {
    const response = await post(`/v1/hello?site=${encodeURIComponent(site)}`, hello);
    if (!response.ok) {
      const wait = Number(response.headers.get("retry-after")) * 1000;
      return end({ ...refusal(response), ...(wait > 0 ? { retryAfterMs: wait } : {}) });
    }
    const frame = parseFrame(await response.text());
    if (done) return;
    if (frame?.type !== "welcome") return end({});
    token = frame.visitor;
    seen = frame.seq;
    on.frame(frame);
    await listen();
  };

  const listen = async () => {
    // Each turn of the loop is one response: a proxy may end them as often as it likes.
    for (let quick = 0; !done && quick < 3; ) {
      const since = outside.now();
      const response = await call(`/v1/events?after=${seen}`, { headers: { authorization: `Bearer ${token}`, accept: "text/event-stream" } });
      if (!response.ok || !response.body) return end({});
      await read(response.body.getReader());
      quick = outside.now() - since < 2000 ? quick + 1 : 0;
    }
    end({});
  };

  const read = async (reader: ReadableStreamDefaultReader<Uint8Array>) => {
    const decoder = new TextDecoder();
    let buffer = "";
    const stop = () => void reader.cancel().catch(() => undefined);
    life.signal.addEventListener("abort", stop);
    let timer = outside.after(SILENCE_MS, stop);
    try {
      for (;;) {
        const { done: over, value } = await reader.read();
        if (over || done) return;
        outside.cancel(timer);
        timer = outside.after(SILENCE_MS, stop);
        buffer = (buffer + decoder.decode(value, { stream: true })).replace(/\r\n?/g, "\n");
        const blocks = buffer.split("\n\n");
        buffer = blocks.pop() ?? "";
        for (const block of blocks) {
          const data = block.split("\n").filter((line) => line.startsWith("data:")).map((line) => line.slice(5).trimStart()).join("\n");
          const frame = data ? parseFrame(data) : null;
          if (frame?.type === "event") seen = Math.max(seen, frame.seq);
          if (frame?.type === "bye") return end({ retryAfterMs: frame.retryAfterMs });
          if (frame) on.frame(frame);
          if (done) return;
        }
      }
    } catch {
      // A cut connection: the loop above asks again for what comes after.
    } finally {
      outside.cancel(timer);
      life.signal.removeEventListener("abort", stop);
    }
  };

  const refusal = ({ status }: Response): End => (status === 403 || status === 404 ? { refused: status } : {});

  begin().catch(async () => {
    // A browser shows us no refusal that this page may not read, so that it looks like a server that is down. One answer is for all.
    if (token) end({});
    else if (!done) end(refusal(await call(`/v1/allowed?site=${encodeURIComponent(site)}`, {})));
  }).catch(() => end({}));

  const sendKept = async (frame: KeptFrame) => {
    if (done) return;
    const response = await post("/v1/send", frame);
    const answer = parseFrame(await response.text());
    if (done) return;
    if (answer) on.frame(answer.type === "error" && !answer.id ? { ...answer, id: frame.id } : answer);
    else end({});
  };

  /** Older events come from the stream's own beginning, since `history` is a frame of the socket. */
  const sendHistory = async (before: number, limit: number) => {
    const response = await call(`/v1/events?after=${Math.max(0, before - 1 - limit)}`, { headers: { authorization: `Bearer ${token}`, accept: "text/event-stream" } });
    const reader = response.body?.getReader();
    if (!response.ok || !reader) {
      const refusal = parseFrame(await response.text());
      if (!done && refusal) on.frame(refusal);
      return;
    }
    const events: Extract<ServerFrame, { type: "history" }>["events"] = [];
    const decoder = new TextDecoder();
    let buffer = "";
    while (!done && (events.at(-1)?.seq ?? 0) < before - 1) {
      const { done: over, value } = await reader.read();
      if (over) break;
      buffer = (buffer + decoder.decode(value, { stream: true })).replace(/\r\n?/g, "\n");
      const lines = buffer.split("\n");
      buffer = lines.pop() ?? "";
      for (const line of lines) {
        const frame = line.startsWith("data:") ? parseFrame(line.slice(5)) : null;
        if (frame?.type === "event" && frame.seq < before) events.push(frame);
      }
    }
    void reader.cancel().catch(() => undefined);
    if (!done) on.frame({ type: "history", events, more: (events[0]?.seq ?? 1) > 1 });
  };

  return {
    kind: "stream",
    send(frame) {
      if (frame.type === "history") void sendHistory(frame.before, frame.limit).catch(() => end({}));
      // One after the other, so that they arrive in the order in which they were written.
      else if ("id" in frame) queue = queue.then(() => sendKept(frame)).catch(() => end({}));
    },
    close() {
      done = true;
      life.abort();
    },
  };
}
