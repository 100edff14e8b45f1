//! The site's other lines when the chat cannot be reached: which first, and with the message already in.

import type { Channel } from "./wire.js";

// WhatsApp shares Meta's fate, so it comes last in any outage that made the visitor come here.
const ORDER = ["email", "sms", "phone", "link", "whatsapp"];

/** The lines, those that stand on their own feet first. */
export function rankLines(channels: readonly Channel[]): Channel[] {
  const rank = (channel: Channel) => {
    const found = ORDER.indexOf(channel.kind);
    return found < 0 ? 3 : found;
  };
  return [...channels].sort((a, b) => rank(a) - rank(b));
}

/** The line's address with `text` filled in, where its kind can carry one. */
export function lineUrl(channel: Channel, text: string): string {
  const words = encodeURIComponent(text.trim());
  if (!words) return channel.url;
  const joint = channel.url.includes("?") ? "&" : "?";
  switch (channel.kind) {
    case "email":
    case "sms":
      return `${channel.url}${joint}body=${words}`;
    case "whatsapp":
      return `${channel.url}${joint}text=${words}`;
    default:
      return channel.url;
  }
}
