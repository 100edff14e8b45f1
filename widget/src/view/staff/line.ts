//! A line of the conversation, made like the server makes it: the same classes, the same words.

import { h } from "../dom.js";
import { clock } from "./page.js";
import { num, own, str } from "../../wire.js";

const STATES: Record<string, string> = {
  bot: "The bot answers from here on.",
  waiting: "Passed on to the team.",
  staff: "A person answers from here on.",
  closed: "Closed.",
};

export const STATE_NAMES: Record<string, string> = { bot: "Bot", waiting: "Waiting", staff: "With staff", closed: "Closed" };

const labels = (value: unknown, key: string): string[] => {
  const found = own(value, key);
  return (Array.isArray(found) ? found : []).map((item) => str(item, "label")).filter(Boolean);
};

export function eventLine(event: unknown): HTMLLIElement {
  const from = str(event, "from");
  const kind = str(event, "kind");
  const who = from === "visitor" ? "Visitor" : from === "bot" ? "Bot" : from === "staff" ? str(event, "name") || "Staff" : "";
  const stars = "★".repeat(Math.min(5, num(event, "score")));
  const words =
    kind === "rating" ? `${stars} ${str(event, "comment")}`.trim() : str(event, "text") || (kind === "state" ? (STATES[str(event, "state")] ?? "") : "");
  const options = kind === "form" ? labels(own(event, "form"), "fields") : labels(event, "options");
  return line(`${num(event, "seq")}`, from, who, words, options, str(event, "at"));
}

export function deskLine(record: unknown): HTMLLIElement {
  const name = str(record, "staff");
  const text = str(record, "text");
  const kind = str(record, "kind");
  const words =
    kind === "note" ? text
    : kind === "take" ? `${name} took it`
    : kind === "hand_back" ? `${name} handed it back to the bot`
    : kind === "close" ? `${name} resolved it`
    : text ? `${name} passed it on to ${text}`
    : `${name} made it nobody's`;
  return line(`n${num(record, "n")}`, kind === "note" ? "note" : "done", name, words, [], str(record, "at"));
}

function line(key: string, kind: string, who: string, words: string, options: string[], at: string): HTMLLIElement {
  const label = kind === "note" ? `${who} · note, only staff see it` : who;
  return h(
    "li",
    { class: `line ${kind}`, "data-key": key },
    who && kind !== "done" && h("span", { class: "who", dir: "auto" }, label),
    h("p", { dir: "auto" }, words),
    options.length > 0 && h("p", { class: "options" }, ...options.map((option) => h("span", { dir: "auto" }, option))),
    h("time", { datetime: at }, clock(at)),
  );
}
