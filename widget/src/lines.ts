//! The site's other lines when the chat cannot be reached: which first, and with the message already in.

import type { Channel } from "./wire.js";

// WhatsApp shares Meta's fate, so it comes last in any outage that made the visitor come here.
const ORDER = "email sms phone link whatsapp";

/** The lines, those that stand on their own feet first. */
export function rankLines(channels: readonly Channel[]): Channel[] {
  return [...channels].sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
}

/** The line's address with `text` filled in, where its kind can carry one. */
export function lineUrl({ kind, url }: Channel, text: string): string {
  const key = kind === "whatsapp" ? "text" : /^(email|sms)$/.test(kind) && "body";
  return key && text ? `${url}${url.includes("?") ? "&" : "?"}${key}=${encodeURIComponent(text)}` : url;
}
