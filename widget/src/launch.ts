//! What the launcher does: shows the button, fetches the panel on intent, stands in when it cannot, and takes the page's calls.

import { createApi, runningApi } from "./api.js";
import { hearPage, later, onPageOpener, pageIsRtl, pageLanguage, tellPage, whenParsed, type Tag } from "./view/page.js";
import { createHost } from "./view/host.js";
import { createButton } from "./view/button.js";
import { createFallback } from "./view/fallback.js";
import { applyTheme } from "./view/theme.js";
import { isRtl, pickLanguage, readSettings } from "./settings.js";
import { own, str, type Channel } from "./wire.js";
import { LANGUAGES, wordsIn } from "./words.js";
import type { Call, Panel, PanelModule, Strings } from "./contract.js";

declare const VERSION: string;

/** How the parts that are not here yet are fetched. */
export interface Loader {
  panel(): Promise<PanelModule>;
  strings(language: string): Promise<Strings>;
}

/** How long a press may wait for the panel before the other lines are offered: a server that is gone may not even say so. */
const PATIENCE_MS = 6000;

type Listener = (detail: unknown) => void;

export function launch(tag: Tag, data: unknown, loader: Loader): void {
  const { settings } = tag;
  const { site } = settings;
  const running = runningApi();
  // The tag is in the page twice, or a framework mounted it again: the first one takes the settings.
  if (running) return void running("theme", settings);
  if (!site) return console.warn('sidedoor: data-site is missing');

  const life = new AbortController();
  const { signal } = life;
  const listeners: [string, Listener, () => void][] = [];
  const forPanel: Call[] = [];
  let panel: Panel | null = null;
  let loading: Promise<void> | null = null;
  let fallback: HTMLElement | null = null;
  let isOpen = false;
  let busy = false;
  let unread = 0;
  // The language of the talk, once there is one.
  let spoken = str(kept(site), "locale");
  const pause = (ms = 0) => new Promise((resolve) => later(signal, ms, resolve));
  const parsed = whenParsed(signal).then(() => pause());

  const listen = (name: string, listener: Listener) => {
    const stop = hearPage(name, signal, listener);
    listeners.push([name, listener, stop]);
    // Ready is a state as well: whoever asks too late hears it all the same.
    if (name === "ready" && host.isConnected) listener(undefined);
    return stop;
  };

  const language = () => pickLanguage(LANGUAGES, spoken, settings.locale, pageLanguage(), str(data, "locale"), ...navigator.languages);

  const stringsIn = (lang: string): Promise<Strings> | Strings =>
    // Without its language the panel still works, in English.
    lang === "en" ? {} : loader.strings(lang).catch(() => ({}));

  const make = (method: string, first?: unknown, second?: unknown): unknown => {
    switch (method) {
      case "open":
        void parsed.then(() => open(typeof first === "string" ? first : "", false));
        break;
      case "close":
        void parsed.then(close);
        break;
      case "toggle":
        void parsed.then(() => { if (isOpen) close(); else open("", false); });
        break;
      case "show":
      case "hide":
        return make("theme", { launcher: method });
      case "setLocale":
      case "locale":
        spoken = "";
        make("theme", { locale: first });
        void stringsNow();
        break;
      case "theme":
        readSettings(settings, first).site = site;
        void parsed.then(restyle);
        break;
      case "on":
        if (typeof second !== "function") break;
        return listen(String(first), second as Listener);
      case "off":
        for (const [name, listener, stop] of listeners) if (name === first && (!second || listener === second)) stop();
        break;
      case "destroy":
        panel?.destroy();
        life.abort();
        break;
      default:
        if (panel) panel.call(method, first, second);
        else forPanel.push([method, first, second]);
        // What is stored is the panel's business: `reset` and `consent` must not wait for it.
        if (kept(site)) void load();
    }
    return;
  };

  const stringsNow = async () => {
    const lang = language();
    if (panel) panel.translate(lang, await stringsIn(lang));
  };

  const { root, shadow, host, attach } = createHost(signal);
  const button = createButton(root, signal, () => { if (isOpen) close(); else open("", true); }, () => void load());

  const restyle = () => {
    const lang = language();
    applyTheme(host, root, settings, data, pageIsRtl());
    root.lang = lang;
    root.dir = isRtl(lang) ? "rtl" : "ltr";
    button.update(wordsIn(lang)[0], settings, isOpen, unread, busy);
  };

  const opened = (now: boolean) => {
    if (now === isOpen) return;
    isOpen = now;
    restyle();
    if (!now) button.element.focus();
    tellPage(now ? "open" : "close");
    tellPage(now ? "opened" : "closed");
  };

  const load = (): Promise<void> => loading ??= (async () => {
    try {
      const lang = language();
      const [{ createPanel }, strings] = await Promise.all([loader.panel(), stringsIn(lang)]);
      await parsed;
      // Each step is a task of its own: on a slow phone they would be a long one together.
      await pause();
      panel = createPanel({
        server: tag.server, settings, data, language: lang, strings, root, shadow, emit: tellPage, opened,
        speak: (tag) => {
          spoken = tag;
          restyle();
          void stringsNow();
        },
        unread: (count) => {
          if (count === unread) return;
          unread = count;
          restyle();
          tellPage("unread", { count });
        },
      });
      for (const call of forPanel) panel.call(...call);
      // The page may have chosen another language meanwhile.
      if (language() !== lang) void stringsNow();
      await pause();
    } catch (error) {
      console.warn("sidedoor:", error);
      loading = null;
    }
  })();

  const open = async (text: string, gesture: boolean) => {
    busy = !panel;
    restyle();
    await Promise.race([load(), pause(PATIENCE_MS)]);
    busy = false;
    restyle();
    if (signal.aborted) return;
    if (panel) return panel.open(text, gesture);
    fallback ??= createFallback(root, wordsIn(language()).join(": "), (own(data, "channels") ?? []) as Channel[], text || str(kept(site), "draft"));
    opened(true);
  };

  const close = () => {
    panel?.close();
    fallback?.remove();
    fallback = null;
    opened(false);
  };

  createApi(VERSION, signal, make, () => (signal.aborted ? "destroyed" : panel ? panel.state : "ready"));
  void parsed.then(() => {
    attach();
    restyle();
    onPageOpener(signal, (text, gesture) => void open(text, gesture));
    // Somebody who has written before may have an answer waiting; nobody else costs more than this file.
    if (kept(site)) later(signal, 1500, () => void load());
    if (settings.open === "true" && innerWidth > 639 && innerHeight > 480) void open("", false);
    tellPage("ready");
  });
}

/** What an earlier visit has left in the browser. */
function kept(site: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(`sidedoor:${site}`) ?? "");
  } catch {
    return;
  }
}
