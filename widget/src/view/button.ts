//! The launcher's button: an icon, perhaps a word beside it, and how many messages are unread.

import { h, icon, setAttributes, setText } from "./dom.js";

export interface ButtonState { name: string; label: string; icon: string; hidden: boolean; open: boolean; unread: number }

export interface Button {
  element: HTMLButtonElement;
  update(state: ButtonState): void;
}

export function createButton(root: HTMLElement, signal: AbortSignal, on: { press(): void; intent(): void }): Button {
  // A bubble with its side door ajar.
  const bubble = icon("M12 3.5c5 0 9 3.4 9 7.7s-4 7.7-9 7.7c-1 0-2-.1-2.9-.4l-4.5 2 .9-3.7C3.9 15.4 3 13.4 3 11.2c0-4.3 4-7.7 9-7.7z", "M10 14.5V8.4l4-1v8.1z");
  const down = icon("M6 9.5l6 6 6-6");
  const picture = h("img", { alt: "" });
  const text = h("span");
  const badge = h("b");
  const element = h("button", { class: "launcher", type: "button", "aria-haspopup": "dialog" }, picture, text, badge);
  element.addEventListener("click", on.press, { signal });
  for (const name of ["pointerenter", "focus", "touchstart"]) element.addEventListener(name, on.intent, { signal, passive: true });
  root.append(element);

  return {
    element,
    update(state) {
      setAttributes(element, {
        "aria-label": state.unread ? `${state.name} (${state.unread})` : state.name,
        "aria-expanded": state.open,
        hidden: state.hidden,
        "data-wide": !!state.label && !state.open,
      });
      setText(text, state.open ? "" : state.label);
      setText(badge, state.unread > 99 ? "99+" : String(state.unread));
      badge.hidden = !state.unread || state.open;
      const own = /^(https?:|\/)/.test(state.icon);
      if (own && picture.getAttribute("src") !== state.icon) picture.src = state.icon;
      const shown = state.open ? down : own ? picture : bubble;
      if (element.firstChild !== shown) element.firstChild?.replaceWith(shown);
    },
  };
}
