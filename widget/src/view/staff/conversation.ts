//! One conversation, live: what is said, what staff note, and what they send.

import { uuid7 } from "../../id.js";
import { Live, list, num, own, str, type Frame } from "../../staff/live.js";
import { h, setText } from "../dom.js";
import { offerCanned, unfilled } from "./canned.js";
import { deskLine, eventLine, STATE_NAMES } from "./line.js";
import { all, find, hide, isHidden, keep, kept, onKeys, show } from "./page.js";

interface Sending { id: string; text: string }

export function openConversation(page: HTMLElement): void {
  const { id = "", csrf = "", me = "" } = page.dataset;
  let seen = Number(page.dataset["seen"]);
  let desk = Number(page.dataset["desk"]);
  let awake = false;
  let unread = 0;
  const title = document.title;
  const log = find<HTMLOListElement>("[data-log]");
  const box = find<HTMLTextAreaElement>("#reply");
  const form = find<HTMLFormElement>("[data-reply]");
  const button = find<HTMLButtonElement>("[data-send]");
  const fault = find<HTMLElement>("[data-fault]");
  const conflict = find<HTMLElement>("[data-conflict]");
  const banner = find<HTMLElement>("[data-banner]");
  const typing = find<HTMLElement>("[data-typing]");
  const draftKey = `sidedoor.staff.draft.${id}`;
  let sending: Sending | null = null;
  let typed = 0;
  let quiet = 0;

  const live = new Live(csrf, {
    ready: () => live.send({ type: "watch", conversation: id, after: seen, desk_after: desk }),
    status(status) {
      if (status === "live") hide(banner);
      else if (status === "over") show(banner, "You are signed out here. Open the newest link, or sign in.");
      else show(banner, "Not connected. What you write stays here and is sent when you press Send again.");
      if (status === "over" && button) button.disabled = true;
    },
    frame: take,
  });

  function take(frame: Frame, type: string): void {
    if (own(frame, "conversation") !== undefined && str(frame, "conversation") !== id) return;
    if (type === "conversation") {
      for (const event of list(frame, "events")) put(event);
      for (const record of list(frame, "desk")) putDesk(record);
      seen = Math.max(seen, num(frame, "seq"));
      setState(str(frame, "state"));
      known(frame);
    } else if (type === "event") {
      put(frame);
      if (str(frame, "from") === "visitor") live.send({ type: "watch", conversation: id, after: seen, desk_after: desk });
    } else if (type === "desk") putDesk(frame);
    else if (type === "typing") somebodyTypes(str(frame, "from") === "visitor" ? "The visitor" : str(frame, "name"));
    else if (type === "presence") {
      if (own(frame, "here") === true) show(banner, `${str(frame, "staff")} is here, too.`);
      else hide(banner);
    } else if (type === "ack") acked(str(frame, "id"));
    else if (type === "conflict") conflicted(frame);
    else if (type === "error" && sending && str(frame, "id") === sending.id) refused(str(frame, "code"));
    else if (type === "error" && str(frame, "code") === "unknown_conversation") show(banner, "This conversation is not open to you any more.");
  }

  function put(event: unknown): void {
    const seq = num(event, "seq");
    if (seq <= seen) return;
    seen = seq;
    append(eventLine(event));
    if (str(event, "kind") === "state") setState(str(event, "state"));
    if (str(event, "from") === "visitor" && isHidden()) document.title = `(${++unread}) ${title}`;
    if (awake && !isHidden()) read();
  }

  function putDesk(record: unknown): void {
    const n = num(record, "n");
    if (n <= desk) return;
    desk = n;
    append(deskLine(record));
  }

  function append(line: HTMLLIElement): void {
    const near = document.documentElement.scrollHeight - scrollY - innerHeight < 160;
    log?.append(line);
    if (near) scrollTo({ top: document.documentElement.scrollHeight });
  }

  function setState(state: string): void {
    const shown = find<HTMLElement>("[data-state]");
    if (!shown || !STATE_NAMES[state]) return;
    setText(shown, STATE_NAMES[state]);
    shown.className = `state ${state}`;
  }

  /** What is known of the visitor, when it has changed. */
  function known(frame: Frame): void {
    const visitor = own(frame, "visitor");
    const online = find<HTMLElement>("[data-online]");
    if (online) online.hidden = own(visitor, "online") !== true;
    const owner = find<HTMLElement>("[data-owner]");
    if (owner) setText(owner, str(frame, "assignee") && ` · ${str(frame, "assignee")}`);
    const lead = own(frame, "lead");
    const facts = find<HTMLElement>("[data-facts]");
    if (!lead || !facts) return;
    const rows = [["Name", "name"], ["Email", "email"], ["Phone", "phone"], ["Company", "company"], ["Budget", "budget"]] as const;
    for (const [label, key] of rows) {
      const value = str(lead, key);
      const row = [...facts.children].find((row) => row.querySelector("dt")?.textContent === label);
      const shown = row?.querySelector("dd");
      if (shown) setText(shown, value);
      else if (value) facts.prepend(h("div", {}, h("dt", {}, label), h("dd", { dir: "auto" }, value)));
    }
    const score = find<HTMLElement>("[data-score]");
    if (score) setText(score, `${num(lead, "score")}`);
  }

  function somebodyTypes(who: string): void {
    if (!typing) return;
    setText(typing, `${who} is typing …`);
    clearTimeout(quiet);
    quiet = window.setTimeout(() => setText(typing, ""), 4000);
  }

  function send(): void {
    if (!box || sending) return;
    const text = box.value.trim();
    if (!text) return;
    const blank = unfilled(text);
    if (blank) return show(fault, `Fill in ${blank} first, or take it out.`);
    hide(fault);
    const waiting = kept(`${draftKey}.id`);
    // A second press is the same answer: on a weak line it may have arrived already.
    const known = waiting.split(" ");
    sending = { id: known[1] === hash(text) && known[0] ? known[0] : uuid7(), text };
    keep(`${draftKey}.id`, `${sending.id} ${hash(text)}`);
    if (!live.live) {
      sending = null;
      return show(fault, "Not connected. Your answer is kept here; press Send again in a moment.");
    }
    if (button) button.disabled = true;
    live.send({ type: "reply", id: sending.id, conversation: id, text, seen });
    const asked = sending;
    setTimeout(() => {
      if (sending === asked) refused("unavailable");
    }, 10_000);
  }

  function acked(frame: string): void {
    if (!sending || frame !== sending.id) return;
    if (box && box.value.trim() === sending.text) box.value = "";
    sending = null;
    keep(draftKey, box?.value ?? "");
    keep(`${draftKey}.id`, "");
    hide(conflict);
    if (button) {
      button.disabled = false;
      setText(button, "Send");
    }  }

  function conflicted(frame: Frame): void {
    if (!sending || str(frame, "id") !== sending.id) return;
    sending = null;
    const others = list(frame, "events");
    find<HTMLElement>("[data-conflict] .log")?.replaceChildren(...others.map(eventLine));
    for (const event of others) put(event);
    show(conflict);
    if (button) {
      button.disabled = false;
      setText(button, "Send anyway");
    }
  }

  function refused(code: string): void {
    sending = null;
    if (button) button.disabled = false;
    show(fault, code === "unknown_conversation" ? "This conversation is not open to you any more." : "Not sent. Your answer is kept here; press Send again.");
  }

  const act = (type: string) => live.send({ type, id: uuid7(), conversation: id });
  const read = () => live.send({ type: "read", conversation: id, seq: seen });

  // Nobody is told that somebody is here before they do something: scanners open links, too.
  const gesture = () => {
    unread = 0;
    document.title = title;
    if (awake) return;
    awake = true;
    read();
  };
  for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, gesture, { passive: true });
  addEventListener("focus", () => {
    document.title = title;
    unread = 0;
    if (awake) read();
  });

  if (box && form) {
    box.value ||= kept(draftKey);
    offerCanned(box, () => ({ me, ...fromFacts() }));
    box.addEventListener("input", () => {
      keep(draftKey, box.value);
      if (Date.now() - typed < 2000 || !box.value || box.value.startsWith("/")) return;
      typed = Date.now();
      live.send({ type: "typing", conversation: id });
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      send();
    });
    box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      send();
    });
  }
  const noteForm = find<HTMLFormElement>("[data-note]");
  const note = find<HTMLTextAreaElement>("#note");
  noteForm?.addEventListener("submit", (event) => {
    if (!note?.value.trim() || !live.live) return;
    event.preventDefault();
    live.send({ type: "note", id: uuid7(), conversation: id, text: note.value.trim() });
    note.value = "";
  });
  for (const button of all<HTMLButtonElement>(".acts button")) {
    button.addEventListener("click", (event) => {
      if (!live.live) return;
      event.preventDefault();
      act(button.value);
      find<HTMLDetailsElement>(".menu")?.removeAttribute("open");
    });
  }
  // On a phone the talk comes first.
  if (innerWidth < 900) find<HTMLDetailsElement>(".facts details")?.removeAttribute("open");
  onKeys({
    r: () => box?.focus(),
    n: () => {
      find<HTMLDetailsElement>("[data-note-box]")?.setAttribute("open", "");
      note?.focus();
    },
    t: () => act("take"),
    b: () => act("hand_back"),
    e: () => act("close"),
    u: back,
    Escape: back,
  });
  scrollTo({ top: document.documentElement.scrollHeight });
}

function back(): void {
  find<HTMLAnchorElement>(".back")?.click();
}

/** What canned answers may be filled in with. */
function fromFacts(): Record<string, string> {
  const values: Record<string, string> = {};
  for (const row of all<HTMLElement>("[data-facts] > div")) {
    const label = row.querySelector("dt")?.textContent?.toLowerCase() ?? "";
    const value = row.querySelector("dd")?.textContent?.trim() ?? "";
    if (label && value) values[label] = value;
  }
  return values;
}

/** Tells one draft from another; no secret. */
function hash(text: string): string {
  let sum = 5381;
  for (const letter of text) sum = ((sum * 33) ^ (letter.codePointAt(0) ?? 0)) >>> 0;
  return sum.toString(36);
}
