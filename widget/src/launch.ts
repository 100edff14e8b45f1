//! What the launcher does: shows the button, keeps the page's hints, fetches the panel on intent, and stands in when it cannot.

import { onPageOpener, emitOnWindow, pageIsRtl, pageLanguage, watchDark, whenParsed, type Tag } from "./view/page.js";
import { createHost } from "./view/host.js";
import { createButton } from "./view/button.js";
import { createFallback } from "./view/fallback.js";
import { applyTheme } from "./view/theme.js";
import { isRtl, pickLanguage, readSettings, type LaunchData } from "./settings.js";
import { isObject, str } from "./wire.js";
import { LANGUAGES, wordsIn } from "./words.js";
import type { Hints, Panel, PanelModule, Strings } from "./contract.js";

/** How the parts that are not here yet are fetched. */
export interface Loader {
  panel(): Promise<PanelModule>;
  strings(language: string): Promise<Strings>;
}

type Listener = (detail: unknown) => void;
type Call = (...values: unknown[]) => unknown;
const CALLS = [
  "open", "close", "toggle", "show", "hide", "identify", "set", "locale", "theme", "consent", "on", "off", "reset", "destroy",
] as const;

export interface Widget {
  calls: Record<(typeof CALLS)[number], Call>;
  state(): string;
  onDestroy(then: () => void): void;
}

/** Values of a page's object that may be passed on: at most fifty, each at most a kilobyte. */
function plain(value: unknown): Record<string, string | number | boolean> {
  const result: Record<string, string | number | boolean> = Object.create(null) as Record<string, never>;
  if (!isObject(value)) return result;
  for (const key of Object.keys(value).slice(0, 50)) {
    const item = value[key];
    if (typeof item === "string") result[key] = item.slice(0, 1000);
    else if (typeof item === "number" || typeof item === "boolean") result[key] = item;
  }
  return result;
}

export function createLauncher(tag: Tag, data: LaunchData, loader: Loader): Widget {
  const { settings } = tag;
  const life = new AbortController();
  const listeners = new Map<string, Set<Listener>>();
  const hints: Hints = { identity: {}, attributes: {} };
  const started: (() => void)[] = [];
  let panel: Panel | null = null;
  let loading: Promise<Panel | null> | null = null;
  let fallback: HTMLElement | null = null;
  let ready = false;
  let isOpen = false;
  let unread = 0;

  const language = () => pickLanguage(LANGUAGES, settings.locale, pageLanguage(), data.locale, ...(navigator.languages ?? []));

  const emit = (name: string, detail?: unknown) => {
    for (const listener of listeners.get(name) ?? []) {
      try {
        listener(detail);
      } catch (error) {
        console.warn("sidedoor:", error);
      }
    }
    emitOnWindow(name, detail);
  };

  /** Runs now, or as soon as the page has been parsed. */
  const whenStarted = (action: () => void) => {
    if (ready) action();
    else started.push(action);
  };

  const start = () => {
    if (life.signal.aborted) return;
    const host = createHost(life.signal, tag.nonce);
    const open = (text: string) => calls.open(text, true);

    const restyle = () => {
      const lang = language();
      applyTheme(host.element, host.root, settings, data, pageIsRtl(), dark.matches);
      host.root.lang = lang;
      host.root.dir = isRtl(lang) ? "rtl" : "ltr";
      button.update({
        name: settings.label || wordsIn(lang).open, label: settings.label, icon: settings.icon,
        hidden: settings.launcher === "hidden", open: isOpen, unread,
      });
    };
    const dark = watchDark(life.signal, restyle);
    const button = createButton(host.root, life.signal, {
      press: () => { if (isOpen) inner.close(); else open(""); },
      intent: () => void load(),
    });
    const setOpen = (now: boolean) => {
      if (now === isOpen) return;
      isOpen = now;
      restyle();
      if (!now) button.element.focus();
      emit(now ? "open" : "close");
      emit(now ? "opened" : "closed");
    };

    const load = (): Promise<Panel | null> => {
      loading ??= (async () => {
        const lang = language();
        const [module, strings] = await Promise.all([loader.panel(), stringsIn(lang)]);
        if (life.signal.aborted) return null;
        panel = module.createPanel({
          server: tag.origin, settings, data, hints, language: lang, strings, root: host.root, shadow: host.shadow, nonce: tag.nonce, emit,
          unread: (count) => {
            if (count !== unread) emit("unread", { count });
            unread = count;
            restyle();
          },
          opened: setOpen,
        });
        return panel;
      })().catch(() => {
        loading = null;
        return null;
      });
      return loading;
    };

    const stringsIn = (lang: string): Promise<Strings> =>
      // Without its language the panel still works, in English.
      lang === "en" ? Promise.resolve({}) : loader.strings(lang).catch(() => ({}));

    const standIn = (text: string) => {
      fallback ??= createFallback(host.root, wordsIn(language()).down, data.channels, text || keptWords(settings.site));
      setOpen(true);
    };

    Object.assign(inner, {
      open: (text: string, gesture: boolean) => {
        if (panel) return panel.open(text, gesture);
        void load().then((loaded) => {
          if (life.signal.aborted) return;
          if (loaded) loaded.open(text, gesture);
          else standIn(text);
        });
      },
      close: () => {
        panel?.close();
        fallback?.remove();
        fallback = null;
        setOpen(false);
      },
      restyle: () => { restyle(); panel?.restyle(); },
      translate: () => {
        restyle();
        const lang = language();
        if (panel) void stringsIn(lang).then((strings) => panel?.translate(lang, strings));
      },
    });

    restyle();
    ready = true;
    onPageOpener(life.signal, open);
    for (const action of started.splice(0)) action();
    // Somebody who has written before may have an answer waiting; nobody else costs more than this file.
    if (hasWritten(settings.site)) whenIdle(() => void load());
    if (settings.open === "true" && innerWidth >= 640) inner.open("", false);
    emit("ready");
  };

  const inner = {
    open: (_text: string, _gesture: boolean): void => undefined,
    close: (): void => undefined,
    restyle: (): void => undefined,
    translate: (): void => undefined,
  };

  const calls: Widget["calls"] = {
    open: (text, gesture) => whenStarted(() => inner.open(typeof text === "string" ? text : "", gesture === true)),
    close: () => whenStarted(() => inner.close()),
    toggle: () => whenStarted(() => { if (isOpen) inner.close(); else inner.open("", false); }),
    show: () => calls.theme({ launcher: "bubble" }),
    hide: () => calls.theme({ launcher: "hidden" }),
    identify: (id, traits) => {
      hints.identity = {};
      if (typeof id === "string" || typeof id === "number") hints.identity["id"] = String(id).slice(0, 128);
      for (const key of ["token", "name", "email", "phone"]) {
        const value = str(isObject(id) ? id : traits, key);
        if (value) hints.identity[key] = value.slice(0, 4000);
      }
      panel?.hint();
    },
    set: (attributes) => {
      hints.attributes = { ...hints.attributes, ...plain(attributes) };
      panel?.hint();
    },
    locale: (tagName) => {
      settings.locale = String(tagName ?? "");
      whenStarted(() => inner.translate());
    },
    theme: (changes) => {
      const { site } = settings;
      readSettings(settings, changes);
      settings.site = site;
      whenStarted(() => inner.restyle());
    },
    consent: (given) => {
      settings.consent = given === true ? "given" : "required";
      panel?.consent(given === true);
      if (!panel && given !== true) forget(settings.site);
    },
    on: (name, listener) => {
      if (typeof listener !== "function") return undefined;
      const key = String(name);
      const set = listeners.get(key) ?? new Set();
      listeners.set(key, set.add(listener as Listener));
      // Too late for the event, but not for the listener: "ready" is a state as well.
      if (key === "ready" && ready) (listener as Listener)(undefined);
      return () => calls.off(key, listener);
    },
    off: (name, listener) => {
      if (typeof listener === "function") listeners.get(String(name))?.delete(listener as Listener);
      else listeners.delete(String(name));
    },
    reset: () => {
      hints.identity = {};
      hints.attributes = {};
      if (panel) panel.reset();
      else forget(settings.site);
    },
    destroy: () => {
      panel?.destroy();
      life.abort();
      listeners.clear();
    },
  };

  whenParsed(start);
  return {
    calls,
    state: () => (life.signal.aborted ? "destroyed" : panel ? panel.state : ready ? "ready" : "loading"),
    onDestroy: (then) => life.signal.addEventListener("abort", then),
  };
}

function hasWritten(site: string): boolean {
  try {
    return localStorage.getItem(`sidedoor:${site}`)?.includes('"token"') ?? false;
  } catch {
    return false;
  }
}

/** What was written and could not be sent: it goes along by another line. */
function keptWords(site: string): string {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(`sidedoor:${site}`) ?? "");
    return str(kept, "draft");
  } catch {
    return "";
  }
}

function forget(site: string): void {
  try {
    localStorage.removeItem(`sidedoor:${site}`);
  } catch {
    // Blocked storage holds nothing to forget.
  }
}

function whenIdle(then: () => void): void {
  if (typeof requestIdleCallback === "function") requestIdleCallback(then, { timeout: 3000 });
  else setTimeout(then, 1000);
}
