//! The panel itself: head, notice, conversation, other lines, composer; and where the focus goes.

import { h, icon, adopt, setAttributes, setText } from "./dom.js";
import { createComposer } from "./composer.js";
import { createLog } from "./log.js";
import { createRating } from "./rating.js";
import { createSheet } from "./sheet.js";
import { createEmailStrip } from "./email.js";
import { lineList } from "./lines.js";
import { rankLines } from "../lines.js";
import { lineIcon } from "./icons.js";
import type { ViewActions, ViewState } from "./state.js";
import type { Settings } from "../settings.js";
import css from "./panel.css";

/** A loudspeaker: alone, and with what comes out of it. */
const SILENT = "M4 9.5h3.5L12 5.5v13l-4.5-4H4zM16 9.5l5 5M21 9.5l-5 5";
const SOUNDING = "M4 9.5h3.5L12 5.5v13l-4.5-4H4zM15.5 9a4.2 4.2 0 0 1 0 6M18 6.5a7.8 7.8 0 0 1 0 11";

export interface PanelView {
  render(state: ViewState): void;
  show(open: boolean, focus: boolean): void;
  prefill(words: string): void;
  seenAgain(): void;
  destroy(): void;
}

export interface PanelParts extends ViewActions { root: HTMLElement; shadow: ShadowRoot; settings: Settings }

export function createPanelView(parts: PanelParts): PanelView {
  const life = new AbortController();
  const { signal } = life;
  adopt(parts.shadow, css);

  const mark = h("span", { class: "mark", "aria-hidden": "true" });
  const title = h("h2", { id: "sd-title" });
  const subtitle = h("p", { class: "subtitle", role: "status" });
  const sound = h("button", { class: "icon-button", type: "button" }, icon(SILENT));
  const dismiss = h("button", { class: "icon-button", type: "button" }, icon("M6 6l12 12M18 6L6 18"));
  const notice = h("p", { class: "notice", role: "status", hidden: true });
  const down = h("p", { role: "status" });
  const linesBox = h("div", { class: "down", hidden: true }, down);
  let lines: HTMLElement | null = null;
  let shownLines = "";

  // Buttons and forms go when they have been used; the focus must not go with them. The list takes it, not the box:
  // on a phone that would bring up the keyboard.
  const actions: ViewActions = {
    ...parts,
    choose(seq, option) { log.focus(); parts.choose(seq, option); },
    suggest(suggestion) { log.focus(); parts.suggest(suggestion); },
    form(...form) { log.focus(); parts.form(...form); },
    rate(...rating) { log.focus(); parts.rate(...rating); },
  };
  const log = createLog(signal, actions);
  const rating = createRating(signal, actions);
  const email = createEmailStrip(signal, {
    ...actions,
    say(words) { log.focus(); parts.say(words); },
  });
  const composer = createComposer(signal, parts, () => {
    if (!lastState) return;
    composer.render(lastState);
    drawLines(lastState);
  });
  const panel = h("section", { class: "panel", role: "dialog", "aria-labelledby": "sd-title", hidden: true },
    h("div", { class: "head" }, mark, h("div", { class: "heading" }, title, subtitle), sound, dismiss),
    notice, log.element, rating.element, email.element, linesBox, composer.element);
  let lastState: ViewState | null = null;

  const touch = matchMedia("(pointer: coarse)");
  const sheet = createSheet(panel, signal, parts.close);
  dismiss.addEventListener("click", parts.close, { signal });
  sound.addEventListener("click", () => parts.sound(!lastState?.sound), { signal });
  panel.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      parts.close();
    } else if (event.key === "Tab" && sheet.isSheet) hold(event);
  }, { signal });

  /** Over the whole screen, Tab stays inside: there is nothing else to see. */
  const hold = (event: KeyboardEvent) => {
    const stops = [...panel.querySelectorAll<HTMLElement>("button,a[href],input,textarea,[tabindex='0']")].filter((stop) => stop.offsetParent);
    const [first, last] = [stops[0], stops.at(-1)];
    const at = parts.shadow.activeElement;
    if (event.shiftKey && at === first) last?.focus();
    else if (!event.shiftKey && at === last) first?.focus();
    else return;
    event.preventDefault();
  };

  /** The other lines, with what is being written and what has not been sent in them. */
  const drawLines = (state: ViewState) => {
    if (linesBox.hidden) return;
    const waiting = state.items.filter((item) => item.delivery !== "sent").map((item) => item.event.text);
    const words = [...waiting, composer.words().trim()].filter(Boolean).join("\n");
    const wanted = JSON.stringify([words, state.channels]);
    if (wanted === shownLines) return;
    shownLines = wanted;
    lines?.remove();
    lines = lineList(rankLines(state.channels), words, lineIcon);
    linesBox.append(lines);
  };

  // Keys typed here are not the page's shortcuts.
  for (const name of ["keydown", "keyup", "keypress"]) parts.root.addEventListener(name, (event) => event.stopPropagation(), { signal });
  parts.root.prepend(panel);

  const subtitleOf = ({ text, status, phase, items, online }: ViewState): string => {
    if (status === "connecting") return text("connecting");
    if (status !== "live") return online ? "" : text("connecting");
    if (phase === "waiting") return text("statusWaiting");
    if (phase === "closed") return text("statusClosed");
    if (phase === "staff") return text("statusStaff", { name: items.findLast((item) => item.event.name)?.event.name || text("team") });
    return text("statusBot");
  };

  return {
    render(state) {
      lastState = state;
      const { text } = state;
      setText(title, state.name);
      setText(mark, [...state.name][0]?.toUpperCase() ?? "");
      setText(subtitle, subtitleOf(state));
      const answering = state.phase === "bot" || state.phase === "staff";
      setAttributes(subtitle, { "data-live": state.status === "live", "data-answering": state.status === "live" && answering });
      dismiss.setAttribute("aria-label", text("close"));
      setAttributes(sound, { "aria-label": text("sound"), "aria-pressed": String(state.sound), title: text("sound") });
      sound.querySelector("path")?.setAttribute("d", state.sound ? SOUNDING : SILENT);
      notice.hidden = !state.notice;
      setText(notice, state.notice?.text ?? "");
      const isDown = state.status === "down" || state.status === "refused";
      linesBox.hidden = !isDown;
      setText(down, isDown ? text(state.online ? "unreachable" : "offline") : "");
      drawLines(state);
      rating.render(state);
      email.render(state);
      composer.render(state);
      log.render(state);
    },
    show(open, focus) {
      panel.hidden = !open;
      sheet.show(open);
      if (!open) return log.looked();
      log.toEnd();
      // With a finger the box would bring up the keyboard, over half of what is there to read.
      if (focus) (touch.matches ? log : composer).focus();
    },
    prefill: (words) => composer.prefill(words),
    seenAgain: () => parts.seen(),
    destroy() {
      if (!panel.hidden) sheet.show(false);
      life.abort();
      panel.remove();
    },
  };
}
