//! What is shown when not even the panel can be fetched: the lines that work without us.

import { h } from "./dom.js";
import { lineList } from "./lines.js";
import type { Channel } from "../wire.js";

/** A card with the site's other lines, `text` in each; it is removed when closed. */
export function createFallback(root: HTMLElement, sentence: string, channels: readonly Channel[], text: string): HTMLElement {
  const card = h("section", { class: "fallback", role: "dialog", "aria-label": sentence, tabindex: -1 }, sentence, lineList(channels, text));
  root.prepend(card);
  card.focus();
  return card;
}
