//! A member's way to the server: a WebSocket, else a stream with POSTs, and again after a while; each time from where it was.

import { isObject, num, own, str } from "../wire.js";
import { isHidden } from "../view/staff/page.js";

/** What the page is told; read with the same care as a visitor's frames. */
export type Frame = Record<string, unknown>;

export interface LiveEvents {
  frame(frame: Frame, type: string): void;
  /** Welcomed: whatever is watched has to be asked for again. */
  ready(): void;
  /** `over`: the session has ended, and no waiting helps. */
  status(status: "live" | "down" | "over"): void;
}

const BACKOFF_MS = 500;
const BACKOFF_MAX_MS = 15_000;
const PING_MS = 25_000;
const PONG_MS = 8000;

export class Live {
  #socket: WebSocket | null = null;
  #stream: EventSource | null = null;
  #attempt = 0;
  #failedSockets = 0;
  #heard = 0;
  #timer = 0;

  constructor(readonly csrf: string, readonly on: LiveEvents) {
    const wake = () => this.#wake();
    addEventListener("online", wake);
    addEventListener("focus", wake);
    addEventListener("visibilitychange", wake);
    this.#open();
  }

  send(frame: Frame): void {
    if (this.#socket?.readyState === 1) this.#socket.send(JSON.stringify(frame));
    else if (this.#stream) void this.#post(frame);
  }

  get live(): boolean {
    return this.#socket?.readyState === 1 || this.#stream?.readyState === 1;
  }

  #open(): void {
    clearTimeout(this.#timer);
    if (this.#failedSockets >= 2) this.#openStream();
    else this.#openSocket();
  }

  #openSocket(): void {
    const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/staff/v1/ws`, "sidedoor.staff.v1");
    this.#socket = socket;
    let welcomed = false;
    socket.onopen = () => socket.send(JSON.stringify({ type: "hello", csrf: this.csrf }));
    socket.onmessage = (event: MessageEvent<unknown>) => {
      if (typeof event.data !== "string") return;
      this.#take(event.data, () => {
        welcomed = true;
        this.#failedSockets = 0;
        this.#watchOver();
      });
    };
    socket.onclose = (event) => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      if (!welcomed) this.#failedSockets++;
      if (event.code === 4403) this.on.status("over");
      else this.#again();
    };
  }

  #openStream(): void {
    const stream = new EventSource("/staff/v1/stream");
    this.#stream = stream;
    stream.onopen = () => {
      this.#attempt = 0;
      this.on.ready();
      this.on.status("live");
    };
    stream.onmessage = (event: MessageEvent<unknown>) => {
      if (typeof event.data === "string") this.#take(event.data, () => undefined);
    };
    stream.onerror = () => {
      stream.close();
      if (this.#stream !== stream) return;
      this.#stream = null;
      this.#failedSockets = 0;
      this.#again();
    };
  }

  async #post(frame: Frame): Promise<void> {
    try {
      const response = await fetch("/staff/v1/send", {
        method: "POST",
        headers: { "content-type": "application/json", "x-sidedoor-csrf": this.csrf },
        body: JSON.stringify(frame),
      });
      // Answers come by the stream as well; only what is refused does not.
      if (response.status === 403) this.on.status("over");
      else if (!response.ok) this.#take(await response.text(), () => undefined);
    } catch {
      // The stream breaks too, and then all is asked for again.
    }
  }

  #take(json: string, welcomed: () => void): void {
    this.#heard = Date.now();
    let frame: unknown;
    try {
      frame = JSON.parse(json);
    } catch {
      return;
    }
    if (!isObject(frame)) return;
    const type = str(frame, "type");
    if (type === "welcome") {
      welcomed();
      this.#attempt = 0;
      this.on.ready();
      this.on.status("live");
    } else if (type === "bye" && str(frame, "reason") === "ended") {
      this.#stream?.close();
      this.#stream = null;
      this.on.status("over");
    } else {
      this.on.frame(frame, type);
    }
  }

  #again(): void {
    this.on.status("down");
    clearTimeout(this.#timer);
    const most = Math.min(BACKOFF_MAX_MS, BACKOFF_MS * 2 ** this.#attempt++);
    this.#timer = window.setTimeout(() => this.#open(), 50 + Math.random() * most);
  }

  /** A socket that sleeps may be dead without knowing: it is asked, and given up where nothing answers. */
  #watchOver(): void {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#ping(PONG_MS), PING_MS);
  }

  #ping(patience: number): void {
    const asked = Date.now();
    this.send({ type: "ping", n: 1 });
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => {
      if (this.#heard >= asked) this.#watchOver();
      else this.#socket?.close();
    }, patience);
  }

  #wake(): void {
    if (isHidden()) return;
    if (this.#socket?.readyState === 1) this.#ping(2500);
    else if (!this.#socket && !this.#stream) {
      this.#attempt = 0;
      this.#open();
    }
  }
}

export { num, own, str };

export function list(value: unknown, key: string): unknown[] {
  const found = own(value, key);
  return Array.isArray(found) ? found : [];
}
