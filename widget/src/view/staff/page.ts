//! What every page of staff has in common: its parts, the time in the reader's own clock, keys.

export const find = <T extends Element>(selector: string): T | null => document.querySelector<T>(selector);
export const all = <T extends Element>(selector: string): T[] => [...document.querySelectorAll<T>(selector)];
export const isHidden = (): boolean => document.visibilityState === "hidden";

export function show(element: HTMLElement | null, text = ""): void {
  if (!element) return;
  if (text) element.textContent = text;
  element.hidden = false;
}

export function hide(element: HTMLElement | null): void {
  if (element) element.hidden = true;
}

const today = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const earlier = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

export function clock(at: string): string {
  const time = new Date(at);
  if (Number.isNaN(time.getTime())) return "";
  return (time.toDateString() === new Date().toDateString() ? today : earlier).format(time);
}

/** Puts every time on the page into the reader's own clock. */
export function localise(): void {
  for (const time of all<HTMLTimeElement>("time")) time.textContent = clock(time.dateTime) || time.textContent;
}

const KEYS = "sidedoor.staff.keys";

/** What the browser keeps, or nothing where it keeps nothing. */
export function kept(key: string): string {
  try {
    return localStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

export function keep(key: string, value: string): void {
  try {
    if (value) localStorage.setItem(key, value);
    else localStorage.removeItem(key);
  } catch {
    // Full or blocked: it stays on the page.
  }
}

/** Single letters, never while somebody types, and with a switch. */
export function onKeys(keys: Record<string, () => void>): void {
  const box = find<HTMLInputElement>("[data-keys]");
  let enabled = kept(KEYS) !== "off";
  if (box) {
    box.checked = enabled;
    box.addEventListener("change", () => {
      enabled = box.checked;
      keep(KEYS, enabled ? "" : "off");
    });
  }
  addEventListener("keydown", (event) => {
    const target = event.target;
    const isTyping = target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable]");
    if (!enabled || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}
