//! Where the visitor writes: grows with the words, sends with Enter, and never empties before the words are kept.

import { h, icon, setAttributes, setText } from "./dom.js";
import { MAX_TEXT } from "../wire.js";
import type { ViewActions, ViewState } from "./state.js";

export interface Composer {
  element: HTMLElement;
  render(state: ViewState): void;
  focus(): void;
  prefill(words: string): void;
  words(): string;
}

export function createComposer(signal: AbortSignal, actions: ViewActions, changed: () => void): Composer {
  const box = h("textarea", { rows: 1, autocomplete: "off", enterkeyhint: "send", id: "sd-box" });
  const send = h("button", { class: "send", type: "submit" }, icon("M12 19V5M5.5 11.5L12 5l6.5 6.5"));
  const fault = h("p", { class: "fault", role: "status", id: "sd-box-fault" });
  const element = h("form", { class: "composer", novalidate: true }, fault, h("div", { class: "box" }, box, send));
  let restored = false;
  // What a button of the page put into the box: the next one may replace it as long as the visitor has not.
  let prefilled = "";

  const size = () => {
    // What is written has its own direction; the invitation to write has the language's.
    box.dir = box.value ? "auto" : "";
    box.style.height = "auto";
    box.style.height = `${box.scrollHeight}px`;
    // An emoji is one character to the server, not the two units that the browser counts.
    setAttributes(send, { "data-ready": box.value.trim() !== "" });
    changed();
  };
  const submit = () => {
    const words = box.value.trim();
    if (!words || [...words].length > MAX_TEXT) return;
    // Kept first: if that fails, the words are still in the box.
    actions.say(words);
    box.value = "";
    size();
    box.focus();
  };

  box.addEventListener("input", () => {
    size();
    actions.draft(box.value);
  }, { signal });
  box.addEventListener("keydown", (event) => {
    // 229 and isComposing: Enter that only accepts a suggestion of an input method.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    submit();
  }, { signal });
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  }, { signal });

  return {
    element,
    render(state) {
      const { text } = state;
      setAttributes(box, { placeholder: text("placeholder"), "aria-label": text("placeholder") });
      send.setAttribute("aria-label", text("send"));
      if (!restored) {
        restored = true;
        box.value = state.draft;
        size();
      }
      const over = [...box.value.trim()].length - MAX_TEXT;
      setText(fault, over > 0 ? text("tooLong", { count: String(over) }) : "");
      setAttributes(box, { "aria-invalid": over > 0 && "true", "aria-describedby": over > 0 ? fault.id : null });
    },
    focus: () => box.focus(),
    prefill(words) {
      if (box.value.trim() && box.value !== prefilled) return;
      prefilled = words;
      box.value = words;
      size();
      actions.draft(words);
      box.setSelectionRange(words.length, words.length);
    },
    words: () => box.value,
  };
}
