//! The page around the widget: its script tag, its language, its comings and goings. Read, hardly ever changed.

import { doc } from "./dom.js";
import { readSettings, type Settings } from "../settings.js";

export interface Tag {
  settings: Settings;
  /** Where the widget's files and the protocol are: `https://chat.acme.example`. */
  server: string;
}

/**
 * Finds the tag that loaded us. Must run before anything is awaited, since `currentScript` is only there
 * while the script runs; tag managers that inject scripts leave it empty, so a look through the page follows.
 */
export function findTag(): Tag {
  const script = (doc.currentScript ?? doc.querySelector('script[data-site][src*="/widget"]')) as HTMLScriptElement | null;
  const settings = readSettings(Object.create(null) as Settings, (window as unknown as Record<string, unknown>)["sidedoorSettings"]);
  const { origin, searchParams } = new URL(script?.src || location.href);
  if (script) {
    settings.site ??= searchParams.get("site") ?? "";
    readSettings(settings, script.dataset);
  }
  return { settings, server: settings.server?.replace(/\/+$/, "") ?? origin };
}

export function pageLanguage(): string {
  return doc.documentElement.lang;
}

export function pageIsRtl(): boolean {
  return getComputedStyle(doc.documentElement).direction === "rtl";
}

export function isVisible(): boolean {
  return doc.visibilityState === "visible";
}

/** Settles once the page has been parsed. */
export function whenParsed(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => {
    if (doc.readyState === "loading") doc.addEventListener("DOMContentLoaded", resolve, { signal });
    else resolve(0);
  });
}

/** Runs `then` after a while, unless `signal` is aborted first. */
export function later(signal: AbortSignal, ms: number, then: (nothing?: unknown) => void): void {
  const timer = setTimeout(() => signal.aborted || then(), ms);
  signal.addEventListener("abort", () => clearTimeout(timer));
}

/** All our events go through the window, so that a listener that throws stops nobody else. */
export function tellPage(name: string, detail?: unknown): void {
  dispatchEvent(new CustomEvent(`sidedoor:${name}`, { detail }));
}

/** Calls `listener` with the detail of each such event; what is returned ends that. */
export function hearPage(name: string, signal: AbortSignal, listener: (detail: unknown) => void): () => void {
  const hear = (event: Event) => listener((event as CustomEvent<unknown>).detail);
  addEventListener(`sidedoor:${name}`, hear, { signal });
  return () => removeEventListener(`sidedoor:${name}`, hear);
}

/** Any `[data-sidedoor-open]` of the page opens the chat, now or added later. Its value is the text to begin with. */
export function onPageOpener(signal: AbortSignal, open: (text: string, gesture: boolean) => void): void {
  doc.addEventListener("click", (event) => {
    // Not asked of the element: a form may have a field that is called `closest`.
    const path = event.composedPath();
    const opener = [...doc.querySelectorAll("[data-sidedoor-open]")].find((one) => path.includes(one));
    if (!opener) return;
    event.preventDefault();
    open(opener.getAttribute("data-sidedoor-open") ?? "", true);
  }, { signal });
  // Whoever comes by a link has not done anything here yet.
  const atHash = () => { if (location.hash === "#sidedoor") open("", false); };
  addEventListener("hashchange", atHash, { signal });
  atHash();
}

/** Where the visitor is, without what looks like a secret. */
export function currentPage(): { url: string; title: string; referrer: string } {
  return { url: cleanUrl(location.href), title: doc.title.slice(0, 300), referrer: cleanUrl(doc.referrer) };
}

/** Drops secret-looking keys, and the fragment unless it is a route. */
export function cleanUrl(href: string): string {
  try {
    const url = new URL(href);
    for (const key of [...url.searchParams.keys()]) {
      if (/token|code|key|password|secret|email/i.test(key)) url.searchParams.delete(key);
    }
    if (!/^#[!/]/.test(url.hash)) url.hash = "";
    return url.href.slice(0, 2000);
  } catch {
    return "";
  }
}

/** Tells of each change of address in a page that navigates without loading. */
export function onNavigate(signal: AbortSignal, tell: () => void): void {
  let last = location.href;
  const check = () => {
    if (location.href === last) return;
    last = location.href;
    tell();
  };
  const navigation = (window as unknown as Record<string, unknown>)["navigation"];
  if (navigation instanceof EventTarget) {
    navigation.addEventListener("navigatesuccess", check, { signal });
    return;
  }
  addEventListener("popstate", check, { signal });
  addEventListener("hashchange", check, { signal });
  const { pushState, replaceState } = history;
  const push: typeof pushState = (...args) => { pushState.apply(history, args); check(); };
  const replace: typeof replaceState = (...args) => { replaceState.apply(history, args); check(); };
  history.pushState = push;
  history.replaceState = replace;
  signal.addEventListener("abort", () => {
    if (history.pushState === push) history.pushState = pushState;
    if (history.replaceState === replace) history.replaceState = replaceState;
  });
}

export interface Comings {
  /** The page is seen again, the network is back, or the page was woken from the back/forward cache. */
  back(): void;
  /** The page goes into the back/forward cache or away. */
  away(): void;
  /** Another tab has changed the stored value of `key`, or removed it. */
  stored(key: string, removed: boolean): void;
}

export function onComings(signal: AbortSignal, comings: Comings): void {
  doc.addEventListener("visibilitychange", () => { if (isVisible()) comings.back(); }, { signal });
  addEventListener("online", () => comings.back(), { signal });
  addEventListener("pageshow", (event) => { if (event.persisted) comings.back(); }, { signal });
  addEventListener("pagehide", () => comings.away(), { signal });
  addEventListener("storage", (event) => { if (event.key) comings.stored(event.key, event.newValue === null); }, { signal });
}

const setTitle = (title: string) => Reflect.set(Document.prototype, "title", title, document);

/** Shows a count in the page's title while it is in the background; the title is given back as it was. */
export function createTitleBadge(): (count: number) => void {
  let original: string | null = null;
  let shown = "";
  return (count) => {
    if (original !== null && doc.title === shown) setTitle(original);
    original = null;
    if (!count || isVisible()) return;
    original = doc.title;
    shown = `(${count}) ${original}`;
    setTitle(shown);
  };
}
