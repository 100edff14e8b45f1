//! The launcher's button: an icon, perhaps a word beside it, and how many messages are unread.

import { h, icon, setAttributes } from "./dom.js";
import type { Settings } from "../settings.js";

export interface Button {
  element: HTMLElement;
  update(name: string, settings: Settings, open: boolean, unread: number): void;
}

export function createButton(root: HTMLElement, signal: AbortSignal, press: () => void, intent: () => void): Button {
  // A bubble with its side door ajar.
  const bubble = icon("M12 3.5c5 0 9 3.4 9 7.7s-4 7.7-9 7.7c-1 0-2-.1-2.9-.4l-4.5 2 .9-3.7C3.9 15.4 3 13.4 3 11.2c0-4.3 4-7.7 9-7.7zM10 14.5V8.4l4-1v8.1z");
  const down = icon("M6 9.5l6 6 6-6");
  const picture = h("img", { alt: "" });
  const text = h("span");
  const badge = h("b");
  const element = h("button", { class: "launcher", type: "button" }, bubble, text, badge);
  element.addEventListener("click", press, { signal });
  // A finger's touch is a pointer that enters, too.
  for (const name of ["pointerenter", "focus"]) element.addEventListener(name, intent, { signal });
  root.append(element);

  return {
    element,
    update(word, { label, icon: address, launcher }, open, unread) {
      const name = label || word;
      setAttributes(element, {
        "aria-label": unread ? `${name} (${unread})` : name,
        "aria-expanded": `${open}`,
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
