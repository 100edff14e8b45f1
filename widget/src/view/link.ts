//! Visitor's and staff's words as text, with the addresses in them as safe links.

import { h } from "./dom.js";

// Only what is plainly an address: http(s), www., and mail. Anything else stays text, `javascript:` above all.
const ADDRESS = /\b(?:https?:\/\/|www\.)[^\s<>"'`]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+/gi;

export interface Piece { text: string; url: string }

/** Splits text into plain pieces and addresses. */
export function splitLinks(text: string): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(ADDRESS)) {
    // Punctuation after an address belongs to the sentence.
    const address = match[0].replace(/[.,;:!?…)\]}]+$/, (tail) => (tail.startsWith(")") && match[0].includes("(") ? ")" : ""));
    const url = safeUrl(address);
    if (!url) continue;
    if (match.index > from) pieces.push({ text: text.slice(from, match.index), url: "" });
    pieces.push({ text: address, url });
    from = match.index + address.length;
  }
  if (from < text.length) pieces.push({ text: text.slice(from), url: "" });
  return pieces;
}

function safeUrl(address: string): string {
  if (/^[^/]+@/.test(address) && !/^(https?:|www\.)/i.test(address)) return `mailto:${address}`;
  try {
    const url = new URL(/^www\./i.test(address) ? `https://${address}` : address);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : "";
  } catch {
    return "";
  }
}

export function linked(text: string): (Node | string)[] {
  return splitLinks(text).map((piece) =>
    piece.url
      ? h("a", { href: piece.url, target: piece.url.startsWith("mailto:") ? null : "_blank", rel: "noopener noreferrer nofollow ugc" }, piece.text)
      : piece.text,
  );
}
