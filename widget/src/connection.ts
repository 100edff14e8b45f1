//! The ladder: a WebSocket, else a stream with POSTs, else again after a while; and noticing quickly when a way is dead.

import { openSocket, openStream, type End, type Outside, type Way } from "./transport.js";
import type { Hello, KeptFrame, LightFrame, ServerFrame, Welcome } from "./wire.js";

/**
 * `connecting`: trying, not for long yet. `live`: welcomed. `down`: no way to the server for now, still trying.
 * `refused`: the server will not have this page, ever. `stopped`: nobody wants a connection.
 */
export type Status = "stopped" | "connecting" | "live" | "down" | "refused";

/** How long a WebSocket may take to its `welcome`: a proxy that eats upgrades answers nothing at all. */
export const SOCKET_MS = 4000;
/** How long both ways may fail before the visitor is told; a restart of the server is shorter. */
export const PATIENCE_MS = 3000;
/** How long a network that ate a WebSocket is remembered for it. */
export const STREAM_MEMORY_MS = 60 * 60 * 1000;
const BACKOFF_MS = 500;
const BACKOFF_MAX_MS = 30_000;
/** Below the usual idle limits of proxies (60 s). */
const PING_MS = 25_000;
const PONG_MS = 8000;
/** After the page comes back an answer is due soon, or the socket died while it slept. */
const WAKE_PONG_MS = 2500;

export interface ConnectionEvents {
  hello(): Hello;
  welcome(frame: Welcome): void;
  frame(frame: ServerFrame): void;
  status(status: Status): void;
  /** Said once, and for good until the page is loaded again: the site (404) or the page's origin (403) is not served. */
  refused(status: number): void;
}

/** What is remembered of the network between pages. */
export interface NetworkMemory {
  streamUntil(): number;
  remember(until: number): void;
}

export interface Connection {
  readonly status: Status;
  start(): void;
  stop(): void;
  send(frame: KeptFrame | LightFrame): void;
  /** The page came back, or the network did: find out at once whether the way still stands. */
  wake(): void;
  /** Begins anew with a fresh `hello`. */
  restart(): void;
}

export function createConnection(outside: Outside, server: string, site: string, network: NetworkMemory, on: ConnectionEvents): Connection {
  let status: Status = "stopped";
  let way: Way | null = null;
  let attempt = 0;
  let failingSince = 0;
  let opening = 0;
  let retrying = 0;
  let pinging = 0;
  let patience = 0;
  let pings = 0;
  let lastHeard = 0;

  const setStatus = (next: Status) => {
    if (next === status) return;
    status = next;
    on.status(next);
  };

  const clearTimers = () => {
    for (const timer of [opening, retrying, pinging, patience]) outside.cancel(timer);
    opening = retrying = pinging = patience = 0;
  };

  const drop = () => {
    clearTimers();
    way?.close();
    way = null;
  };

  const connect = (kind: Way["kind"]) => {
    drop();
    if (status !== "down") setStatus("connecting");
    if (failingSince) patience = outside.after(Math.max(0, PATIENCE_MS - (outside.now() - failingSince)), tellDown);
    const events = {
      frame: (frame: ServerFrame) => {
        lastHeard = outside.now();
        if (frame.type === "welcome") welcomed(kind, frame);
        else on.frame(frame);
      },
      end: (end: End) => ended(kind, end),
    };
    const open = kind === "socket" ? openSocket : openStream;
    way = open(outside, server, site, on.hello(), events);
    if (kind === "socket") opening = outside.after(SOCKET_MS, () => ended(kind, {}));
  };

  let socketFailed = false;

  const welcomed = (kind: Way["kind"], frame: Welcome) => {
    outside.cancel(opening);
    outside.cancel(patience);
    attempt = 0;
    failingSince = 0;
    // Where POST gets through and the socket just did not, something on the way is in the way of sockets.
    if (kind === "stream" && socketFailed) network.remember(outside.now() + STREAM_MEMORY_MS);
    if (kind === "socket") network.remember(0);
    socketFailed = false;
    on.welcome(frame);
    setStatus("live");
    schedulePing();
  };

  const ended = (kind: Way["kind"], end: End) => {
    const wasLive = status === "live";
    drop();
    if (end.refused) {
      on.refused(end.refused);
      return setStatus("refused");
    }
    failingSince ||= outside.now();
    if (kind === "socket" && !wasLive) {
      socketFailed = true;
      // The other way, at once.
      return connect("stream");
    }
    socketFailed = false;
    if (status !== "down") setStatus("connecting");
    patience = outside.after(Math.max(0, PATIENCE_MS - (outside.now() - failingSince)), tellDown);
    // Full jitter, so that a restart is not followed by everybody at the same moment.
    const most = Math.min(BACKOFF_MAX_MS, BACKOFF_MS * 2 ** attempt++);
    const wait = end.retryAfterMs ?? 0;
    retrying = outside.after(wait + outside.random() * most + 50, connectBest);
  };

  const tellDown = () => setStatus("down");

  const connectBest = () => connect(network.streamUntil() > outside.now() ? "stream" : "socket");

  const schedulePing = () => {
    outside.cancel(pinging);
    if (way?.kind === "socket") pinging = outside.after(PING_MS, () => ping(PONG_MS));
  };

  const ping = (patienceMs: number) => {
    outside.cancel(pinging);
    const sentAt = outside.now();
    lastHeard = 0;
    way?.send({ type: "ping", n: ++pings });
    pinging = outside.after(patienceMs, () => {
      if (lastHeard >= sentAt) schedulePing();
      else ended("socket", {});
    });
  };

  return {
    get status() { return status; },
    start() {
      if (status !== "stopped") return;
      attempt = 0;
      failingSince = 0;
      if (!outside.online()) failingSince = outside.now() - PATIENCE_MS;
      setStatus("connecting");
      connectBest();
    },
    stop() {
      if (status === "refused") return;
      drop();
      failingSince = 0;
      setStatus("stopped");
    },
    send: (frame) => way?.send(frame),
    wake() {
      if (status === "live") {
        if (way?.kind === "socket") ping(WAKE_PONG_MS);
      } else if (retrying) {
        attempt = 0;
        connectBest();
      }
    },
    restart() {
      if (status === "stopped" || status === "refused") return;
      drop();
      connectBest();
    },
  };
}
