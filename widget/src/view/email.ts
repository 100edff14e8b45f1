//! Where to leave an email while nobody is there, without leaving the conversation.

import { h, setAttributes, setText } from "./dom.js";
import { looksLikeEmail } from "./form.js";
import type { ViewActions, ViewState } from "./state.js";

export interface EmailStrip { element: HTMLElement; render(state: ViewState): void }

/** Shown while the conversation waits for staff and no address has been given, unless the server asks in a form of its own. */
export function createEmailStrip(signal: AbortSignal, actions: ViewActions): EmailStrip {
  const label = h("label", { for: "sd-email" });
  const input = h("input", { id: "sd-email", type: "email", inputmode: "email", autocomplete: "email", maxlength: 254 });
  const send = h("button", { class: "primary", type: "submit" });
  const fault = h("span", { class: "fault", id: "sd-email-fault", role: "status" });
  const element = h("form", { class: "email", novalidate: true, hidden: true }, label, h("div", { class: "row" }, input, send), fault);
  let words = "";

  element.addEventListener("submit", (event) => {
    event.preventDefault();
    // Sent already, and about to go.
    if (element.hidden) return;
    const address = input.value.trim();
    const isAddress = looksLikeEmail(address);
    setText(fault, isAddress ? "" : words);
    setAttributes(input, { "aria-invalid": isAddress ? null : "true", "aria-describedby": isAddress ? null : fault.id });
    if (!isAddress) return input.focus();
    element.hidden = true;
    actions.say(address);
    input.value = "";
  }, { signal });

  return {
    element,
    render({ text, phase, items }) {
      const asked = items.some((item) => item.event.form && !items.some((other) => other.event.answers === item.event.seq));
      const given = items.some((item) => item.event.from === "visitor" && /\S+@\S+\.\S+/.test(item.event.text));
      element.hidden = phase !== "waiting" || asked || given;
      words = text("invalidEmail");
      setText(label, text("leaveEmail"));
      input.placeholder = text("email");
      setText(send, text("send"));
    },
  };
}
