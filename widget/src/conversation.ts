//! What has been said, in order and each thing once, whatever the network repeats, loses or reorders.

import type { Event, KeptFrame, Phase, ServerFrame, Welcome } from "./wire.js";
import type { OutboxEntry, Storage } from "./storage.js";

export type Delivery = "sending" | "sent" | "retrying" | "failed";

/** A line of the conversation as it is shown. `key` stays the same from sending to sent. */
export interface Item {
  key: string;
  event: Event;
  delivery: Delivery;
}

export interface FormFault { seq: number; fields: [string, string][] }

export interface ConversationEvents {
  changed(): void;
  /** New for the visitor, not fetched from the past. */
  said(event: Event): void;
  /** The visitor has sent a form: the names of its fields, for the page's `lead` event. */
  lead(fields: string[]): void;
  /** An event is missing in between: ask again for what comes after `last`. */
  gap(): void;
  /** The conversation was erased and has begun anew under our eyes: all that was known of it is forgotten, ask for all. */
  reborn(): void;
}

/** The newest two hundred are enough to read back in; older ones come with `history`. */
export const PAGE_EVENTS = 50;

export interface Conversation {
  readonly phase: Phase;
  readonly more: boolean;
  /** The highest `seq` up to which nothing is missing. */
  readonly last: number;
  readonly first: number;
  items(): Item[];
  /** Non-visitor events after the newest one that was read. */
  unread(): number;
  formFault(): FormFault | null;
  /** Whether the offer at `seq` was taken up already, as far as is known here; 0 is what the welcome suggests. */
  isAnswered(seq: number): boolean;
  /** Whether a rating was given since the conversation was last closed. */
  isRated(): boolean;
  /** The language of the talk, as the bot's newest event tells it; empty where none does. */
  spoken(): string;
  /** Keeps a frame for sending; it stays until it is acknowledged. */
  keep(frame: KeptFrame, text: string, at: number): void;
  outbox(): readonly OutboxEntry[];
  welcome(frame: Welcome): void;
  take(frame: ServerFrame): void;
  /** What waiting bubbles say: on their way, tried again later, or (the page is refused for good) not to be sent from here. */
  waiting(delivery: Exclude<Delivery, "sent">): void;
  markRead(): number;
  /** Another tab has changed what is stored. */
  refresh(): void;
  clear(): void;
}

/** What `retry` is asked to do: send the entry with this id again after a while. */
export type Retry = (id: string, afterMs: number) => void;

export function createConversation(storage: Storage, newId: () => string, on: ConversationEvents, retry: Retry): Conversation {
  let events = new Map<number, Event>();
  let sorted: Event[] = [];
  let conversation = "";
  let last = 0;
  let phase: Phase = "bot";
  let more = false;
  let fresh = true;
  let waiting: Delivery = "sending";
  let fault: FormFault | null = null;
  const failed = new Map<string, OutboxEntry>();
  // Which event a waiting message already is: its own event may come before its ack.
  const arrived = new Map<string, number>();
  // What waits or failed here answered something in a conversation that is gone: its `seq` means nothing in this one.
  const elsewhere = new Set<string>();
  // Each conversation's bubbles are its own, also where the next one counts from 1 again.
  let era = 0;

  const outbox = () => storage.get().outbox;

  const forgetEvents = () => {
    era++;
    for (const { frame } of outbox()) elsewhere.add(frame.id);
    for (const id of failed.keys()) elsewhere.add(id);
    fault = null;
    events = new Map();
    sorted = [];
    last = 0;
    more = false;
    arrived.clear();
  };

  /** Whether what stands at `seq` is another thing than what was said there at `at`: the same one keeps its time. */
  const isOther = (seq: number, at: number): boolean => {
    const known = events.get(seq);
    return known !== undefined && known.at !== at;
  };

  const beginAgain = () => {
    forgetEvents();
    on.reborn();
  };

  const insert = (event: Event): boolean => {
    if (event.seq < 1) return false;
    const known = events.get(event.seq);
    if (known) {
      // The id that we know keeps the bubble the same one.
      if (event.id && !known.id) known.id = event.id;
      return false;
    }
    if (event.from === "visitor") claim(event);
    events.set(event.seq, event);
    // Nearly always the newest.
    let at = sorted.length;
    while (at > 0 && (sorted[at - 1]?.seq ?? 0) > event.seq) at--;
    sorted.splice(at, 0, event);
    while (events.has(last + 1)) last++;
    if (event.kind === "state" && event.state) phase = event.state;
    return true;
  };

  /** Finds which of our waiting messages an event is, where the server does not say it by id. */
  const claim = (event: Event) => {
    const waiting = outbox().filter((entry) => !arrived.has(entry.frame.id));
    const own = event.id ? waiting.find((entry) => entry.frame.id === event.id) : waiting.find((entry) => entry.text === event.text);
    if (!own) return;
    event.id = own.frame.id;
    arrived.set(own.frame.id, event.seq);
  };

  const own = (entry: OutboxEntry, seq: number, at: number): Event => {
    const event = ownEvent(entry, seq, at);
    if (elsewhere.has(entry.frame.id)) event.answers = 0;
    return event;
  };

  const remove = (id: string): OutboxEntry | undefined => {
    const entry = outbox().find((candidate) => candidate.frame.id === id);
    storage.change((value) => { value.outbox = value.outbox.filter((candidate) => candidate.frame.id !== id); });
    return entry;
  };

  const acknowledge = (id: string, seq: number, at: number) => {
    const entry = remove(id);
    if (!entry) return;
    elsewhere.delete(id);
    if (isOther(seq, at)) return beginAgain();
    const claimed = arrived.get(id);
    arrived.delete(id);
    if (claimed !== undefined && claimed !== seq) {
      // The same words twice, taken for each other: the ack knows better.
      const other = events.get(claimed);
      if (other) other.id = "";
    }
    const known = events.get(seq);
    if (known) known.id = id;
    else insert(own(entry, seq, at));
    if (entry.frame.type === "form") on.lead(Object.keys(entry.frame.fields).filter((name) => entry.frame.type === "form" && entry.frame.fields[name]));
  };

  const reject = (frame: Extract<ServerFrame, { type: "error" }>) => {
    const entry = outbox().find((candidate) => candidate.frame.id === frame.id);
    if (!entry) return;
    switch (frame.code) {
      case "unavailable":
      case "rate_limited":
      case "not_ready":
        return retry(frame.id, Math.max(frame.retryAfterMs, 1000));
      case "invalid_field":
        remove(frame.id);
        if (entry.frame.type === "form") fault = { seq: entry.frame.seq, fields: frame.fields };
        return;
      case "unknown_event":
        // The conversation that offered it is gone; the words still stand.
        remove(frame.id);
        if (entry.frame.type === "choose") {
          storage.change((value) => { value.outbox.push({ frame: { type: "message", id: newId(), text: entry.text }, text: entry.text, at: entry.at }); });
          retry(outbox().at(-1)?.frame.id ?? "", 0);
        } else if (entry.frame.type === "form") failed.set(frame.id, entry);
        return;
      default:
        remove(frame.id);
        failed.set(frame.id, entry);
    }
  };

  return {
    get phase() { return phase; },
    get more() { return more; },
    get last() { return last; },
    get first() { return sorted[0]?.seq ?? last + 1; },

    items() {
      const shown: Item[] = sorted.map((event) => ({ key: event.id || `${era}#${event.seq}`, event, delivery: "sent" }));
      for (const [, entry] of failed) shown.push({ key: entry.frame.id, event: own(entry, 0, entry.at), delivery: "failed" });
      for (const entry of outbox()) {
        if (arrived.has(entry.frame.id)) continue;
        shown.push({ key: entry.frame.id, event: own(entry, 0, entry.at), delivery: waiting });
      }
      return shown;
    },

    unread() {
      const { read } = storage.get();
      return sorted.filter((event) => event.seq > read && (event.from === "bot" || event.from === "staff")).length;
    },
    formFault: () => fault,
    isAnswered: (seq) => (seq ? sorted.some((event) => event.answers === seq)
      || [...outbox(), ...failed.values()].some((entry) => own(entry, 0, 0).answers === seq) : last + outbox().length > 0),
    isRated() {
      const ended = sorted.findLast((event) => event.kind === "state")?.seq ?? 0;
      return outbox().some((entry) => entry.frame.type === "rate") || sorted.some((event) => event.kind === "rating" && event.seq > ended);
    },
    spoken: () => sorted.findLast((event) => event.locale)?.locale ?? "",

    keep(frame, text, at) {
      if (frame.type === "form") fault = null;
      storage.change((value) => { value.outbox.push({ frame, text, at }); });
      on.changed();
    },
    outbox,

    welcome(frame) {
      const isSame = frame.conversation === conversation;
      // Another conversation than before: the token was not valid any more.
      if (!isSame) forgetEvents();
      // The same one with less in it, or with something else in it, was erased and has begun anew: what came is only its end.
      else if (frame.seq < last || frame.events.some((event) => isOther(event.seq, event.at))) return beginAgain();
      const wasFresh = fresh;
      fresh = false;
      conversation = frame.conversation;
      phase = frame.state;
      const oldest = frame.events[0]?.seq ?? frame.seq + 1;
      if (oldest > last + 1) {
        // More was missed than fits: start from what came, the rest is history.
        forgetEvents();
        more = oldest > 1;
        last = oldest - 1;
      }
      const news: Event[] = [];
      for (const event of frame.events) if (insert(event)) news.push(event);
      phase = frame.state;
      if (!wasFresh) for (const event of news) if (event.from !== "visitor") on.said(event);
      on.changed();
    },

    take(frame) {
      switch (frame.type) {
        case "event":
          if (isOther(frame.seq, frame.at)) return beginAgain();
          if (insert(frame) && frame.from !== "visitor") on.said(frame);
          if (frame.seq > last) on.gap();
          break;
        case "history":
          for (const event of frame.events) {
            const before = phase;
            insert(event);
            phase = before;
          }
          more = frame.more;
          break;
        case "ack":
          acknowledge(frame.id, frame.seq, frame.at);
          break;
        case "error":
          reject(frame);
          break;
        default:
          return;
      }
      on.changed();
    },

    waiting(now) {
      if (now === waiting) return;
      waiting = now;
      on.changed();
    },

    markRead() {
      const newest = sorted.at(-1)?.seq ?? 0;
      if (newest <= storage.get().read) return 0;
      storage.change((value) => { value.read = Math.max(value.read, newest); });
      return newest;
    },
    refresh: () => on.changed(),
    clear() {
      forgetEvents();
      failed.clear();
      fault = null;
      conversation = "";
      phase = "bot";
      fresh = true;
      on.changed();
    },
  };
}

/** What is on its way, as the event that it will be. */
function ownEvent(entry: OutboxEntry, seq: number, at: number): Event {
  const { frame } = entry;
  return {
    seq, at, from: "visitor", kind: frame.type === "rate" ? "rating" : "text", text: entry.text, name: "", id: frame.id,
    options: [], form: null, state: "", answers: frame.type === "choose" || frame.type === "form" ? frame.seq : 0, locale: "",
  };
}
