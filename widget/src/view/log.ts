//! The conversation's list: drawn once per thing said, kept where the reader is, spoken once to screen readers.

import { h, icon, setAttributes, setText } from "./dom.js";
import { createBubble, type Bubble, type BubbleState } from "./bubble.js";
import { createChoices } from "./choices.js";
import { createPace } from "./pace.js";
import { createClock, type Clock } from "./clock.js";
import type { Item } from "../conversation.js";
import type { ViewActions, ViewState } from "./state.js";

/** How many things said are drawn at once: a long past must not cost a long task on a slow phone. */
const STEP = 6;
/** How many are drawn before the visitor scrolls to the top, and how many more at each scroll there. */
const WINDOW = 40;
/** Things said by one author within this time stand together. */
const GROUP_MS = 5 * 60 * 1000;
/** This near to the end (px) counts as reading the newest. */
const NEAR = 60;

export interface Log {
  element: HTMLElement;
  render(state: ViewState): void;
  toEnd(): void;
  focus(): void;
  /** The panel was opened or closed: the mark for new messages belongs to one look. */
  looked(): void;
}

export function createLog(signal: AbortSignal, actions: ViewActions): Log {
  const list = h("div", { class: "log", role: "log", tabindex: 0, "aria-live": "off" });
  const jump = h("button", { class: "jump", type: "button", hidden: true }, h("span"), icon("M12 5v14M6 13l6 6 6-6"));
  const element = h("div", { class: "log-frame" }, list, jump);
  const pace = createPace(signal, () => { if (lastState) render(lastState); });
  const nodes = new Map<string, HTMLElement>();
  const bubbles = new Map<string, Bubble>();
  /** What was typed into forms, by the fields' names: nobody should have to type it twice. */
  const typed = new Map<string, string>();
  let clock: Clock = createClock("en");
  let clockLanguage = "en";
  let limit = WINDOW;
  let drawn = STEP;
  let growing = 0;
  let following = true;
  /** Where the end was when it was last scrolled to. */
  let end = 0;
  let spoken = false;
  let markAfter: number | null = null;
  let lastState: ViewState | null = null;
  let newest = "";

  const atEnd = () => list.scrollHeight - list.scrollTop - list.clientHeight < NEAR;
  const toEnd = () => {
    list.scrollTop = list.scrollHeight;
    following = true;
    jump.hidden = true;
  };

  list.addEventListener("scroll", () => {
    following = atEnd();
    if (following) {
      end = list.scrollTop;
      jump.hidden = true;
      actions.seen();
    }
    if (list.scrollTop < 80 && lastState) {
      const isMore = lastState.items.length > Math.max(limit, drawn);
      limit = Math.max(limit, drawn) + WINDOW;
      if (isMore) render(lastState);
      else if (lastState.more) actions.older();
    }
  }, { signal, passive: true });
  jump.addEventListener("click", () => {
    toEnd();
    list.focus();
    actions.seen();
  }, { signal });

  // When something below takes room (a strip, the keyboard), whoever read the newest still does.
  const resized = new ResizeObserver(() => { if (following) toEnd(); });
  resized.observe(list);
  signal.addEventListener("abort", () => resized.disconnect());

  const bubbleFor = (key: string, state: BubbleState): HTMLElement => {
    const known = bubbles.get(key);
    if (known) {
      known.update(state);
      return known.element;
    }
    const bubble = createBubble(state, actions, typed);
    // A form grows by the faults that it shows.
    if (state.item.event.form) resized.observe(bubble.element);
    bubbles.set(key, bubble);
    return bubble.element;
  };

  const plain = (key: string, make: () => HTMLElement): HTMLElement => {
    const node = nodes.get(key) ?? make();
    nodes.set(key, node);
    return node;
  };

  /** Draws some more, above, in a task of its own. */
  const grow = () => {
    growing ||= setTimeout(() => {
      growing = 0;
      drawn += STEP;
      if (lastState) render(lastState);
    }, 0) as unknown as number;
  };
  signal.addEventListener("abort", () => clearTimeout(growing));

  const render = (state: ViewState) => {
    lastState = state;
    if (state.language !== clockLanguage) {
      clockLanguage = state.language;
      clock = createClock(state.language);
      nodes.clear();
    }
    const { text } = state;
    list.setAttribute("aria-label", text("conversation"));
    const wanted: [string, HTMLElement][] = [];
    // What is drawn stays drawn while more is said below it.
    const last = state.items.findLastIndex((item) => item.key === newest);
    if (last >= 0) drawn += state.items.length - 1 - last;
    const items = state.items.slice(-drawn);
    if (drawn < Math.min(limit, state.items.length)) grow();
    const answered = new Set(items.map((item) => item.event.answers).filter(Boolean));
    const lastVisitor = items.findLastIndex((item) => item.event.from === "visitor");
    const lastForm = items.findLastIndex((item) => item.event.form);
    if (!state.items.length) typed.clear();
    const lastOffer = items.findLastIndex((item) => item.event.options.length > 0);

    if (state.greeting && !state.more && state.items.length <= items.length) {
      const greeting = plain("greeting", () => h("div", { class: "bubble bot", "data-first": true, "data-last": true }, h("div", { class: "words", dir: "auto" })));
      const words = greeting.firstElementChild;
      if (words) setText(words, state.greeting);
      wanted.push(["greeting", greeting]);
    }
    if (state.suggestions.length && state.status === "live" && !state.items.length) {
      const key = `suggestions:${JSON.stringify(state.suggestions)}`;
      const buttons = plain(key, () => createChoices(state.suggestions, actions.suggest));
      setAttributes(buttons, { class: "choices suggestions", role: "group", "aria-label": text("suggestions") });
      wanted.push([key, buttons]);
    }
    if (markAfter === null && state.items.length) markAfter = state.read;
    // What was there when the visitor looked for the first time is not said again, one after the other.
    const isNews = spoken && state.isOpen;
    if (!state.isOpen || items.at(-1)?.event.from === "visitor") pace.flush();

    let day = "";
    let marked = false;
    items.forEach((item, index) => {
      const { event } = item;
      const itemDay = clock.day(event.at);
      if (itemDay !== day) {
        day = itemDay;
        wanted.push([`day:${day}`, plain(`day:${day}`, () => h("div", { class: "day" }, h("span", {}, clock.dayName(event.at))))]);
      }
      if (!marked && markAfter && event.seq > markAfter && event.from !== "visitor") {
        marked = true;
        wanted.push(["new", plain("new", () => h("div", { class: "new" }, h("span", {}, text("newMessages"))))]);
      }
      const before = items[index - 1];
      const after = items[index + 1];
      wanted.push([item.key, bubbleFor(item.key, {
        item, text,
        time: clock.time(event.at),
        first: !before || !together(before, item),
        last: !after || !together(item, after),
        // An earlier form closes when another one asks; what was typed into it goes along.
        live: event.form ? index === lastForm && !answered.has(event.seq) : index === lastOffer && lastVisitor < index,
        receipt: index === lastVisitor,
        held: event.from === "bot" && pace.holds(item.key, isNews && index > lastVisitor),
        fault: state.fault,
      })]);
    });
    if (pace.isHolding) wanted.push(["cue", plain("cue", () => h("div", { class: "bubble bot typing", "aria-hidden": "true" }, h("i"), h("i"), h("i")))]);
    else if (state.typing) {
      const dots = plain("typing", () => h("div", { class: "bubble bot typing" }, h("span", { class: "hidden-text" }), h("i"), h("i"), h("i")));
      if (dots.firstElementChild) setText(dots.firstElementChild, text("typing", { name: state.typing }));
      wanted.push(["typing", dots]);
    }

    // Whoever has scrolled up a moment ago is not pulled back before the browser tells of it.
    if (following && list.scrollTop < end && !atEnd()) following = false;
    // What is being read stays where it is, whatever comes in above it.
    const anchor = following ? null : list.querySelector<HTMLElement>(".bubble");
    const before = anchor?.offsetTop ?? 0;
    const fromTop = list.scrollTop;
    place(wanted);
    if (following) toEnd();
    else if (anchor && anchor.offsetTop !== before) list.scrollTop = fromTop + anchor.offsetTop - before;
    const newestItem = items.at(-1);
    if (newestItem && newestItem.key !== newest) {
      if (newestItem.event.from === "visitor") toEnd();
      else if (!following && newest && spoken) jump.hidden = false;
      newest = newestItem.key;
    }
    const label = jump.firstElementChild;
    if (label) setText(label, text("newMessages"));
    // What was said before is not read aloud; what is said from now on is.
    if (!spoken && state.status === "live") {
      spoken = true;
      setTimeout(() => { if (!signal.aborted) list.setAttribute("aria-live", "polite"); }, 300);
    }
    if (state.isOpen && following) actions.seen();
  };

  /** Brings the list into the wanted order, moving and making as little as possible. */
  const place = (wanted: readonly (readonly [string, HTMLElement])[]) => {
    let cursor: Element | null = list.firstElementChild;
    const keys = new Set<string>();
    for (const [key, node] of wanted) {
      keys.add(key);
      if (node === cursor) cursor = cursor.nextElementSibling;
      else list.insertBefore(node, cursor);
    }
    while (cursor) {
      const next: Element | null = cursor.nextElementSibling;
      cursor.remove();
      cursor = next;
    }
    for (const key of bubbles.keys()) if (!keys.has(key)) bubbles.delete(key);
  };

  return {
    element, render, toEnd,
    focus: () => list.focus({ preventScroll: true }),
    looked() {
      markAfter = lastState ? lastState.read : null;
      nodes.delete("new");
    },
  };
}

function together(a: Item, b: Item): boolean {
  return a.event.from === b.event.from && a.event.name === b.event.name && b.event.at - a.event.at < GROUP_MS
    && new Date(a.event.at).getDate() === new Date(b.event.at).getDate();
}
