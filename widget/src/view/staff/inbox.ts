//! The inbox, live: its rows, who waits, and keys.

import { Live, list, num, own, str } from "../../staff/live.js";
import { h } from "../dom.js";
import { STATE_NAMES } from "./line.js";
import { all, clock, find, hide, isHidden, onKeys, show } from "./page.js";

export function openInbox(page: HTMLElement): void {
  const { csrf = "", filter = "open", site = "" } = page.dataset;
  const rows = find<HTMLElement>("[data-rows]");
  const banner = find<HTMLElement>("[data-banner]");
  const title = document.title;
  const isFirst = !new URLSearchParams(location.search).get("after");
  let asked = 0;
  let told = 0;

  const ask = () => {
    clearTimeout(asked);
    asked = window.setTimeout(() => live.send({ type: "list", filter, ...(site ? { site } : {}) }), 250);
  };
  const live: Live = new Live(csrf, {
    ready: ask,
    status(status) {
      if (status === "live") hide(banner);
      else show(banner, status === "over" ? "You are signed out. Load the page to sign in." : "Not connected; the list may be old.");
    },
    frame(frame, type) {
      if (type === "row") {
        if (str(frame, "from") === "visitor") notice(str(frame, "text"));
        ask();
      }
      // An older page stands still while somebody reads it.
      if (type === "list" && isFirst) draw(list(frame, "rows"));
    },
  });

  function notice(text: string): void {
    if (!isHidden()) return;
    document.title = `(${++told}) ${title}`;
    if ("Notification" in window && Notification.permission === "granted") new Notification("A visitor wrote", { body: text, tag: "sidedoor" });
  }

  function draw(found: unknown[]): void {
    const at = rows ? all<HTMLElement>(".row a").findIndex((link) => link === document.activeElement) : -1;
    rows?.replaceChildren(...found.map(row));
    if (at >= 0) all<HTMLElement>(".row a")[at]?.focus();
    const empty = find<HTMLElement>("[data-empty]");
    if (empty) empty.hidden = found.length > 0;
  }

  addEventListener("focus", () => {
    told = 0;
    document.title = title;
  });
  const notify = find<HTMLButtonElement>("[data-notify]");
  if (notify && "Notification" in window && Notification.permission === "default") {
    show(notify);
    notify.addEventListener("click", () => void Notification.requestPermission().then(() => hide(notify)));
  }

  const move = (by: number) => {
    const links = all<HTMLElement>(".row a");
    const at = links.findIndex((link) => link === document.activeElement);
    links[Math.max(0, Math.min(links.length - 1, at + by))]?.focus();
  };
  onKeys({
    j: () => move(1),
    k: () => move(-1),
    o: () => (document.activeElement as HTMLElement | null)?.click(),
  });
}

function row(value: unknown): HTMLLIElement {
  const state = str(value, "state");
  const unread = own(value, "unread") === true;
  const score = num(value, "score");
  const at = str(value, "at");
  return h(
    "li",
    { class: unread ? "row unread" : "row" },
    h(
      "a",
      { href: `/staff/c/${encodeURIComponent(str(value, "conversation"))}` },
      h("span", { class: "who", dir: "auto" }, str(value, "who") || "Visitor", unread && h("span", { class: "hidden" }, " (unread)")),
      h("time", { datetime: at }, clock(at)),
      h("span", { class: "text", dir: "auto" }, str(value, "text")),
      h(
        "span",
        { class: "tags" },
        h("span", { class: `state ${state}` }, STATE_NAMES[state] ?? state),
        score > 0 && h("span", { class: "score" }, `${score}`),
        str(value, "assignee") && h("span", {}, str(value, "assignee")),
      ),
    ),
  );
}
