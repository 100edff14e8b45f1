//! The site's other lines as links, each with what the visitor wrote already in it.

import { h, type Child } from "./dom.js";
import { lineUrl, rankLines } from "../lines.js";
import type { Channel } from "../wire.js";

export interface LineList { element: HTMLElement; fill(text: string): void }

/** `picture` draws a line's icon: the panel has some, the launcher has no room for them. */
export function lineList(channels: readonly Channel[], picture?: (kind: string) => Child): LineList {
  const links = rankLines(channels).map((channel) =>
    [channel, h("a", { class: "line", target: channel.url.startsWith("http") && "_blank", rel: "noopener noreferrer" }, picture?.(channel.kind), channel.label)] as const);
  return {
    element: h("div", { class: "lines" }, ...links.map(([, anchor]) => anchor)),
    fill: (text) => { for (const [channel, anchor] of links) anchor.href = lineUrl(channel, text); },
  };
}
