//! Buttons to answer with, or to begin with.

import { h } from "./dom.js";

export function createChoices<Option extends { label: string }>(options: readonly Option[], press: (option: Option) => void): HTMLElement {
  return h("div", { class: "choices" }, ...options.map((option) => {
    const button = h("button", { class: "choice", type: "button", dir: "auto" }, option.label);
    button.addEventListener("click", () => press(option));
    return button;
  }));
}
