//! The one element that the page sees: a closed room for everything else, which comes back if the page removes it.

import { h, adopt } from "./dom.js";
import css from "./launcher.css";

export interface Host {
  element: HTMLElement;
  shadow: ShadowRoot;
  root: HTMLElement;
}

/**
 * Hangs the host beside `body`, not in it: frameworks that swap or empty the body (Turbo, Astro, htmx) then never
 * touch it. Where something replaces even that, it is put back, at most five times a second.
 */
export function createHost(signal: AbortSignal, nonce: string): Host {
  const element = h("div", { "data-sidedoor": "" });
  const shadow = element.attachShadow({ mode: "open" });
  const root = h("div", { class: "root" });
  adopt(shadow, css, nonce);
  shadow.append(root);

  const attach = () => { document.documentElement.append(element); };
  let waiting = 0;
  const observer = new MutationObserver(() => {
    if (element.isConnected || waiting) return;
    waiting = setTimeout(() => { waiting = 0; if (!element.isConnected) attach(); }, 200) as unknown as number;
  });
  attach();
  // The document's own children too: a page may replace its whole root element.
  observer.observe(document, { childList: true });
  observer.observe(document.documentElement, { childList: true });
  signal.addEventListener("abort", () => {
    observer.disconnect();
    clearTimeout(waiting);
    element.remove();
  });
  return { element, shadow, root };
}
