//! The panel: storage, connection, conversation and view, put together.

import { createConnection, type Status } from "./connection.js";
import { createConversation, PAGE_EVENTS } from "./conversation.js";
import { createStorage, openShelf } from "./storage.js";
import { english } from "./strings/english.js";
import type { Outside } from "./transport.js";
import { currentPage, isVisible, onComings, onNavigate, createTitleBadge } from "./view/page.js";
import { createChime } from "./view/chime.js";
import { createPanelView } from "./view/panel.js";
import { uuid7 } from "./id.js";
import type { Panel, PanelContext, Strings } from "./contract.js";
import { own, parseChannels, parseNotice, str, type Channel, type Notice, type KeptFrame, type Suggestion } from "./wire.js";
import { readHints } from "./hints.js";

/** Typing is passed on at most this often; the server would drop more. */
const TYPING_MS = 2000;
/** How long a sign of typing is believed. */
const TYPING_SHOWN_MS = 5000;
/** How long a missing event may take before it is asked for. */
const GAP_MS = 1500;

const outside: Outside = {
  socket: (url, protocol) => new WebSocket(url, protocol),
  fetch: (url, init) => fetch(url, init),
  after: (ms, then) => setTimeout(then, ms) as unknown as number,
  cancel: (timer) => clearTimeout(timer),
  now: () => performance.now() + performance.timeOrigin,
  random: () => Math.random(),
  online: () => navigator.onLine,
};

export function createPanel(context: PanelContext): Panel {
  const { settings, server } = context;
  const hints = readHints();
  const life = new AbortController();
  const site = settings.site ?? "";
  const key = `sidedoor:${site}`;
  const storage = createStorage(key, openShelf(), settings.consent === "required");
  const titleBadge = createTitleBadge();
  const chime = createChime();
  let language = context.language;
  let strings = context.strings;
  let isOpen = false;
  let channels: Channel[] = parseChannels(own(context.data, "channels"));
  let notice: Notice | null = parseNotice(own(context.data, "notice"));
  let name = str(context.data, "name");
  let greeting = str(context.data, "greeting");
  let suggestions: Suggestion[] = [];
  let siteLocale = "";
  // The language that the launcher was last asked for.
  let spoken = storage.get().locale;
  let typing = "";
  let typingTimer = 0;
  let typingSent = 0;
  let awaitsOlder = false;
  let gapTimer = 0;
  const retries = new Set<number>();
  // The token in use. Kept apart from storage: two tabs that began at once may differ.
  let token = storage.get().token;

  const later = (ms: number, then: () => void) => {
    const timer = outside.after(ms, () => { retries.delete(timer); then(); });
    retries.add(timer);
    return timer;
  };

  const conversation = createConversation(storage, uuid7, {
    changed: () => render(),
    said(event) {
      typing = "";
      context.emit("message", { from: event.from, text: event.text, seq: event.seq });
      if (event.from !== "system" && storage.get().sound && (!isOpen || !isVisible())) chime.play();
    },
    lead: (fields) => context.emit("lead", { fields }),
    gap() {
      outside.cancel(gapTimer);
      const { last } = conversation;
      gapTimer = later(GAP_MS, () => { if (conversation.last === last) connection.restart(); });
    },
    reborn() {
      storage.change((value) => { value.read = 0; });
      later(0, () => connection.restart());
    },
  }, (id, afterMs) => {
    later(afterMs, () => {
      const entry = conversation.outbox().find((candidate) => candidate.frame.id === id);
      if (entry && connection.status === "live") connection.send(entry.frame);
    });
  });

  const connection = createConnection(outside, server, site, {
    streamUntil: () => storage.get().streamUntil,
    remember: (until) => { if (storage.get().streamUntil !== until) storage.change((value) => { value.streamUntil = until; }); },
  }, {
    hello: () => ({
      type: "hello", visitor: token || null, after: token ? conversation.last : 0, locale: settings.locale || language, page: currentPage(),
      ...hints.fields(),
    }),
    welcome(frame) {
      token = frame.visitor;
      if (storage.get().token !== token) storage.change((value) => {
        value.token = token;
        value.read = 0;
      });
      name = frame.site.name || name;
      greeting = frame.site.greeting || greeting;
      ({ suggestions, locale: siteLocale } = frame.site);
      if (frame.site.channels.length) channels = frame.site.channels;
      notice = frame.site.notice;
      if (notice) context.emit("notice", { text: notice.text });
      conversation.welcome(frame);
      followTalk();
      for (const entry of conversation.outbox()) connection.send(entry.frame);
      // What was asked for on a connection that is gone is asked for again: whoever waits at the top does not scroll again.
      if (awaitsOlder && conversation.more) askForOlder();
      else awaitsOlder = false;
    },
    frame(frame) {
      if (frame.type === "typing") {
        typing = frame.name || text("team");
        outside.cancel(typingTimer);
        typingTimer = later(TYPING_SHOWN_MS, () => { typing = ""; render(); });
        render();
      } else if (frame.type === "notice") {
        notice = frame.notice;
        if (notice) context.emit("notice", { text: notice.text });
        render();
      } else {
        if (frame.type === "error") context.emit("error", { code: frame.code, message: frame.message });
        if (frame.type === "history" || frame.type === "error") awaitsOlder = false;
        conversation.take(frame);
        if (frame.type === "event") followTalk();
        // The token opens nothing any more: a new hello gives one that does, and sends again what is waiting.
        if (frame.type === "error" && frame.code === "not_ready") connection.restart();
      }
    },
    status(status) {
      conversation.waiting(status === "down" ? "retrying" : status === "refused" ? "failed" : "sending");
      context.emit("state", { state: stateOf(status) });
      render();
    },
    refused(status) {
      console.warn(status === 404
        ? `sidedoor: this server has no site "${site}"; correct data-site, or add a [[site]] with that id to sidedoor.toml`
        : `sidedoor: site "${site}" is not for pages of ${location.origin}; add "${location.origin}" to its "origins" in sidedoor.toml`);
    },
  });

  /**
   * Labels follow the talk. Before it has begun they are in the page's language; where that is English, which templates say
   * without being asked, in that of the site's greeting.
   */
  const followTalk = () => {
    const next = conversation.spoken() || (settings.locale || context.language !== "en" ? "" : siteLocale);
    if (next === spoken) return;
    spoken = next;
    storage.change((value) => { value.locale = conversation.spoken(); });
    context.speak?.(next);
  };

  const askForOlder = () => connection.send({ type: "history", before: conversation.first, limit: PAGE_EVENTS });

  const text = (word: keyof typeof english, values?: Record<string, string>): string => {
    const found = strings[word] ?? english[word];
    return values ? found.replace(/\{(\w+)\}/g, (whole, key: string) => values[key] ?? whole) : found;
  };

  const send = (frame: KeptFrame, words: string) => {
    acted();
    conversation.keep(frame, words, outside.now());
    context.emit("message", { from: "visitor", text: words, seq: 0 });
    if (connection.status === "live") connection.send(frame);
    else connection.start();
  };

  const acted = () => {
    storage.allow();
    if (token && storage.get().token && storage.get().token !== token && !conversation.last) {
      // Another tab began a conversation first, and nothing has been said in ours: one visitor, one conversation.
      token = storage.get().token;
      conversation.clear();
      connection.restart();
    }
  };

  const setOpen = (open: boolean, focus = true) => {
    if (open === isOpen) return;
    isOpen = open;
    if (storage.get().open !== open) storage.change((value) => { value.open = open; });
    view.show(open, focus);
    context.opened(open);
    render();
  };

  const view = createPanelView({
    root: context.root, shadow: context.shadow, settings,
    say(words) {
      send({ type: "message", id: uuid7(), text: words }, words);
      storage.change((value) => { value.draft = ""; });
    },
    // What is pressed twice is sent once: the second press may come before the first is drawn.
    choose: (seq, option) => { if (!conversation.isAnswered(seq)) send({ type: "choose", id: uuid7(), seq, option: option.value }, option.label); },
    suggest({ label, value, text: words }) {
      if (conversation.isAnswered(0)) return;
      if (value) send({ type: "choose", id: uuid7(), seq: 0, option: value }, label);
      else send({ type: "message", id: uuid7(), text: words }, words);
    },
    form(seq, fields, consent, words) {
      if (!conversation.isAnswered(seq)) send({ type: "form", id: uuid7(), seq, fields, consent }, words);
    },
    rate(score, comment) {
      if (!conversation.isRated()) send({ type: "rate", id: uuid7(), score, ...(comment ? { comment } : {}) }, "★".repeat(score));
    },
    draft(words) {
      if (words) acted();
      storage.change((value) => { value.draft = words; });
      if (words && outside.now() - typingSent > TYPING_MS) {
        typingSent = outside.now();
        connection.send({ type: "typing" });
      }
    },
    older() {
      if (!conversation.more || awaitsOlder) return;
      awaitsOlder = true;
      askForOlder();
    },
    seen() {
      if (!isOpen || !isVisible()) return;
      const seq = conversation.markRead();
      if (seq) {
        connection.send({ type: "read", seq });
        render();
      }
    },
    sound(on) {
      acted();
      storage.change((value) => { value.sound = on; });
      if (on) chime.play();
      render();
    },
    close: () => setOpen(false),
  });

  const tell = () => {
    const count = conversation.unread();
    context.unread(count);
    if (settings.title === "true") titleBadge(count);
  };

  let queued = false;
  const render = () => {
    // Many frames may come at once; one drawing is enough for all of them.
    if (queued || life.signal.aborted) return;
    queued = true;
    // In a task of its own: together with what caused it, it would be a long one on a slow phone.
    later(0, () => {
      queued = false;
      view.render({
        text, language, name, greeting, suggestions, notice, channels, typing, isOpen,
        status: connection.status, online: outside.online(),
        phase: conversation.phase, items: conversation.items(), more: conversation.more, read: storage.get().read,
        fault: conversation.formFault(), sound: storage.get().sound, draft: storage.get().draft,
      });
      tell();
    });
  };

  onComings(life.signal, {
    back() {
      if (connection.status === "stopped" && (isOpen || token)) connection.start();
      connection.wake();
      view.seenAgain();
      render();
    },
    away: () => connection.stop(),
    stored(changed, removed) {
      if (changed !== key) return;
      // Logged out of, or forgotten, in the other tab.
      if (removed) return reset();
      acted();
      conversation.refresh();
    },
  });
  onNavigate(life.signal, () => {
    const { url, title } = currentPage();
    connection.send({ type: "page", url, title });
  });

  render();
  later(0, () => {
    // A conversation from before: its answers are waited for in the background.
    if (token || storage.get().outbox.length) connection.start();
    if (storage.get().open && innerWidth > 639 && innerHeight > 480) setOpen(true, false);
  });

  const destroy = () => {
    connection.stop();
    for (const timer of retries) outside.cancel(timer);
    titleBadge(0);
    chime.destroy();
    life.abort();
    view.destroy();
  };

  const consent = (given: boolean) => {
    if (given) storage.permit();
    else storage.forget(true);
  };

  /** The visitor has logged out of the page: the next one is somebody else. */
  const reset = () => {
    hints.clear();
    storage.forget(settings.consent === "required");
    token = "";
    spoken = "";
    context.speak?.("");
    conversation.clear();
    if (isOpen) connection.restart();
    else connection.stop();
  };

  return {
    open(words, gesture) {
      if (gesture) acted();
      if (connection.status === "stopped") connection.start();
      setOpen(true);
      if (words) view.prefill(words);
    },
    close: () => setOpen(false),
    translate(nextLanguage, nextStrings: Strings) {
      language = nextLanguage;
      strings = nextStrings;
      render();
    },
    call(method, first, second) {
      switch (method) {
        case "identify":
        case "setUser":
          hints.identify(first, second);
          break;
        case "set":
        case "setAttributes":
          hints.set(first);
          break;
        case "consent":
          return consent(first === true);
        case "reset":
          return reset();
        default:
          return console.warn(`sidedoor: no method "${method}"`);
      }
      // The server hears it with the next hello, which is now.
      connection.restart();
    },
    destroy,
    get state() { return stateOf(connection.status); },
  };
}

/** A connection's status in the words of the page's API. */
function stateOf(status: Status): string {
  return status === "live" ? "connected" : status === "down" || status === "refused" ? "offline" : status === "stopped" ? "ready" : "connecting";
}
