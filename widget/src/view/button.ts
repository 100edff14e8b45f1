//! The launcher's button: an icon, perhaps a word beside it, and how many messages are unread.

import { h, icon, setAttributes } from "./dom.js";
import type { Settings } from "../settings.js";

export interface Button {
  element: HTMLElement;
  update(name: string, settings: Settings, open: boolean, unread: number, busy: boolean): void;
}

export function createButton(root: HTMLElement, signal: AbortSignal, press: () => void, intent: () => void): Button {
  // A bubble with its side door ajar.
  const bubble = icon("M12 3c5 0 9 3.5 9 8s-4 8-9 8c-1 0-2 0-3-.5l-4.5 2 1-4C4 15 3 13 3 11c0-4.5 4-8 9-8zM10 15V8l4-1v8z");
  const down = icon("M6 9l6 6 6-6");
  const picture = h("img", { alt: "" });
  const text = h("span");
  const badge = h("b");
  const element = h("button", { class: "launcher", type: "button" }, bubble, text, badge);
  // The second half of a double click would close again.
  element.addEventListener("click", (event) => { if (event.detail < 2) press(); }, { signal });
  // A finger's touch is a pointer that enters, too.
  for (const name of ["pointerenter", "focus"]) element.addEventListener(name, intent, { signal });
  root.append(element);

  return {
    element,
    update(word, { label, icon: address, launcher }, open, unread, busy) {
      const name = label || word;
      setAttributes(element, {
        "aria-label": unread ? `${name} (${unread})` : name,
        "aria-expanded": `${open}`,
        // A press that is being answered is seen to have been felt.
        "aria-busy": busy && "true",
        hidden: /^hid/.test(launcher ?? ""),
      });
      text.textContent = open ? "" : label ?? "";
      badge.textContent = `${unread}`;
      badge.hidden = !unread || open;
      if (address && picture.src !== address) picture.src = address;
      element.firstChild?.replaceWith(open ? down : address ? picture : bubble);
    },
  };
}
