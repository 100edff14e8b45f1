//! What the browser remembers, in one key: nothing before the visitor acts, and from memory where storage is blocked.

import { isObject, num, own, str, type KeptFrame } from "./wire.js";

/** A frame on its way: it stays here until its `ack`. */
export interface OutboxEntry {
  frame: KeptFrame;
  /** What the visitor's bubble says meanwhile. */
  text: string;
  /** Epoch milliseconds of the visitor's act. */
  at: number;
}

export interface Remembered {
  token: string;
  /** The newest event that the visitor has seen. */
  read: number;
  open: boolean;
  draft: string;
  sound: boolean;
  /** The language that the talk was last in; empty for the page's. */
  locale: string;
  /** Until when (epoch milliseconds) WebSockets are not tried, because something on the way eats them. */
  streamUntil: number;
  outbox: OutboxEntry[];
}

export interface Storage {
  get(): Remembered;
  /** Changes what is remembered. Other tabs write too, so the change is applied to the newest value. */
  change(apply: (value: Remembered) => void): void;
  /** The visitor has acted: from here on the browser may remember. */
  allow(): void;
  /** The page has the consent that it said it needs: what is in memory may go into the browser, once the visitor has acted. */
  permit(): void;
  /** Forgets, here and in the browser. `forbid`: and only keeps in memory from here on. */
  forget(forbid: boolean): void;
}

const EMPTY = JSON.stringify({ token: "", read: 0, open: false, draft: "", sound: false, locale: "", streamUntil: 0, outbox: [] } satisfies Remembered);

/** The subset of `localStorage` that we use. */
export type Shelf = Pick<globalThis.Storage, "getItem" | "setItem" | "removeItem">;

export function createStorage(key: string, shelf: Shelf | null, forbidden: boolean): Storage {
  let memory = parse(EMPTY);
  let allowed = false;
  // What `memory` was last the same as: asking often must not mean parsing often.
  let known = "";

  const stored = (): Remembered | null => {
    if (forbidden) return null;
    try {
      const json = shelf?.getItem(key);
      if (!json) return null;
      if (json === known) return memory;
      known = json;
      return parse(json);
    } catch {
      return null;
    }
  };
  const found = stored();
  if (found) {
    // It is there because the visitor acted earlier.
    memory = found;
    allowed = true;
  }
  const write = () => {
    if (!allowed || forbidden) return;
    try {
      const json = JSON.stringify(memory);
      shelf?.setItem(key, json);
      known = json;
    } catch {
      // Full or blocked: memory has it.
    }
  };

  return {
    get: () => {
      if (allowed) memory = stored() ?? memory;
      return memory;
    },
    change(apply) {
      if (allowed) memory = stored() ?? memory;
      apply(memory);
      write();
    },
    allow() {
      if (allowed) return;
      allowed = true;
      const other = stored();
      // Another tab may have begun meanwhile: its conversation is the visitor's.
      if (other) memory = { ...other, draft: memory.draft || other.draft, outbox: [...other.outbox, ...memory.outbox] };
      write();
    },
    permit() {
      forbidden = false;
      write();
    },
    forget(forbid) {
      memory = parse(EMPTY);
      known = "";
      try {
        shelf?.removeItem(key);
      } catch {
        // Blocked storage holds nothing to forget.
      }
      allowed = false;
      forbidden = forbid;
    },
  };
}

/** `localStorage`, or nothing where even asking for it throws. */
export function openShelf(): Shelf | null {
  try {
    return localStorage;
  } catch {
    return null;
  }
}

function parse(json: string): Remembered {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    value = null;
  }
  const outbox = own(value, "outbox");
  return {
    token: str(value, "token"),
    read: num(value, "read"),
    open: own(value, "open") === true,
    draft: str(value, "draft"),
    sound: own(value, "sound") === true,
    locale: str(value, "locale"),
    streamUntil: num(value, "streamUntil"),
    outbox: (Array.isArray(outbox) ? outbox : []).flatMap((entry: unknown) => {
      const frame = own(entry, "frame");
      return isObject(frame) && str(frame, "id") && str(frame, "type")
        ? [{ frame: frame as unknown as KeptFrame, text: str(entry, "text"), at: num(entry, "at") }]
        : [];
    }),
  };
}
