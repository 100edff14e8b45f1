//! The rating at a conversation's end: five stars as a group of radio buttons, and a word if the visitor likes.

import { h, icon, setText } from "./dom.js";
import type { ViewActions, ViewState } from "./state.js";

export interface Rating { element: HTMLElement; render(state: ViewState): void }

export function createRating(signal: AbortSignal, actions: ViewActions): Rating {
  const legend = h("legend");
  const stars = [1, 2, 3, 4, 5].map((score) => {
    const input = h("input", { type: "radio", name: "sd-score", value: score });
    return { score, input, label: h("label", {}, input, icon("M12 3.8l2.5 5.2 5.7.8-4.1 4 1 5.7-5.1-2.7-5.1 2.7 1-5.7-4.1-4 5.7-.8z")) };
  });
  const comment = h("textarea", { rows: 2, maxlength: 1000 });
  const send = h("button", { class: "primary", type: "submit" });
  const more = h("div", { class: "rating-more", hidden: true }, comment, send);
  const element = h("form", { class: "rating", hidden: true }, h("fieldset", {}, legend, h("div", { class: "stars" }, ...stars.map((star) => star.label))), more);
  const chosen = () => stars.find((star) => star.input.checked)?.score ?? 0;

  element.addEventListener("change", () => {
    more.hidden = !chosen();
    for (const star of stars) star.label.toggleAttribute("data-lit", star.score <= chosen());
  }, { signal });
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!chosen() || element.hidden) return;
    element.hidden = true;
    actions.rate(chosen(), comment.value.trim());
  }, { signal });

  return {
    element,
    render({ text, phase, items }) {
      const rated = items.findLastIndex((item) => item.event.kind === "rating");
      const ended = items.findLastIndex((item) => item.event.kind === "state");
      element.hidden = phase !== "closed" || rated > ended;
      setText(legend, text("rate"));
      for (const star of stars) star.input.setAttribute("aria-label", text("stars", { count: String(star.score) }));
      comment.placeholder = text("comment");
      comment.setAttribute("aria-label", text("comment"));
      setText(send, text("send"));
    },
  };
}
