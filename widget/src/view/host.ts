//! The one element that the page sees: a closed room for everything else, which comes back if the page removes it.

import { doc, h, adopt } from "./dom.js";
import css from "./launcher.css";

export interface Host {
  host: HTMLElement;
  shadow: ShadowRoot;
  root: HTMLElement;
  attach(): void;
}

/**
 * Hangs the host beside `body`, not in it: frameworks that swap or empty the body (Turbo, Astro, htmx) then never
 * touch it. Where something replaces even that, it is put back, at most five times a second.
 */
export function createHost(signal: AbortSignal): Host {
  const host = h("div", { "data-sidedoor": "" });
  const shadow = host.attachShadow({ mode: "open" });
  const root = h("div", { class: "root" });
  adopt(shadow, css);
  shadow.append(root);

  let waiting = 0;
  const attach = () => {
    waiting = 0;
    if (!host.isConnected && !signal.aborted) doc.documentElement.append(host);
  };
  const observer = new MutationObserver(() => {
    if (!host.isConnected) waiting ||= setTimeout(attach, 200) as unknown as number;
  });
  observer.observe(doc.documentElement, { childList: true });
  signal.addEventListener("abort", () => {
    observer.disconnect();
    clearTimeout(waiting);
    host.remove();
  });
  return { host, shadow, root, attach };
}
