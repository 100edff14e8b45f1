//! One thing said: its words, its buttons or form, who said it, when, and whether it has arrived.

import { h, icon, setAttributes, setText } from "./dom.js";
import { createChoices } from "./choices.js";
import { createForm, type FormView } from "./form.js";
import { linked } from "./link.js";
import type { FormFault, Item } from "../conversation.js";
import type { Text, ViewActions } from "./state.js";

export interface BubbleState {
  item: Item;
  text: Text;
  time: string;
  /** First and last of what one author said in a row. */
  first: boolean;
  last: boolean;
  /** Whether its buttons or form can still be used. */
  live: boolean;
  /** Whether to say that it was sent: only under the newest of the visitor's. */
  receipt: boolean;
  fault: FormFault | null;
  /** Not to be seen yet, though to be heard. */
  held: boolean;
}

export interface Bubble {
  element: HTMLElement;
  update(state: BubbleState): void;
}

export function createBubble(state: BubbleState, actions: ViewActions, typed: Map<string, string>): Bubble {
  const { event } = state.item;
  const author = h("span", { class: "author" });
  const words = h("div", { class: "words", dir: "auto" });
  const stamp = h("span");
  const tick = icon("M5 12.5l4.5 4.5L19 7.5");
  const meta = h("span", { class: "meta" }, stamp, tick);
  const extra = h("div", { class: "extra" });
  const element = h("div", { class: `bubble ${event.from}`, "data-kind": event.kind }, author, words, extra, meta);
  let form: FormView | null = null;
  let shownText: string | null = null;
  let shownFault: FormFault | null = null;

  const drawExtra = (live: boolean, text: Text) => {
    if (!live) {
      form = null;
      if (extra.firstChild) extra.replaceChildren();
    } else if (!extra.firstChild && event.form) {
      form = createForm(event, text, actions.form, typed);
      extra.append(form.element);
    } else if (!extra.firstChild && event.options.length) {
      extra.append(createChoices(event.options, (option) => actions.choose(event.seq, option)));
    }
  };

  const update = (next: BubbleState) => {
    const { item, text } = next;
    const said = item.event.kind === "rating" ? item.event.text || "★" : item.event.text;
    if (said !== shownText) {
      shownText = said;
      words.replaceChildren(...linked(said));
    }
    words.hidden = !said;
    const who = item.event.from === "visitor" ? text("you") : item.event.name || text(item.event.from === "staff" ? "team" : "assistant");
    setText(author, who);
    setAttributes(author, { class: next.first && item.event.from === "staff" ? "author" : "author hidden-text" });
    // Read aloud in its own language, whatever the page's is.
    setAttributes(words, { lang: item.event.locale || null });
    setAttributes(element, { "data-first": next.first, "data-last": next.last, "data-held": next.held, "data-delivery": item.event.from === "visitor" ? item.delivery : null });
    const delivery = item.event.from !== "visitor" || (item.delivery === "sent" && !next.receipt) ? "" : text(item.delivery);
    const line = [delivery, next.last || delivery ? next.time : ""].filter(Boolean).join(" · ");
    setText(stamp, line);
    meta.hidden = !line;
    tick.toggleAttribute("hidden", !delivery || item.delivery !== "sent");
    drawExtra(next.live, text);
    form?.say(text);
    if (form && next.fault?.seq === item.event.seq && next.fault !== shownFault) form.faults(next.fault.fields);
    shownFault = next.fault;
  };
  update(state);
  return { element, update };
}
