//! The site's other lines as links, each with what the visitor wrote already in it.

import { h, type Child } from "./dom.js";
import { lineUrl } from "../lines.js";
import type { Channel } from "../wire.js";

/** In the order given. `picture` draws a line's icon: the panel has some, the launcher has no room for them. */
export function lineList(channels: readonly Channel[], text: string, picture?: (kind: string) => Child): HTMLElement {
  return h("div", { class: "lines" }, ...channels.map((channel) =>
    h("a", { class: "line", href: lineUrl(channel, text), target: "_blank", rel: "noopener" }, picture?.(channel.kind), channel.label)));
}
