//! Canned answers: found by `/`, put where the cursor is, with what is known of the visitor filled in.

import { all, find, hide, show } from "./page.js";

/** The first `{name}` that nobody has filled in. */
export function unfilled(text: string): string {
  return /\{[a-z_]{1,20}\}/.exec(text)?.[0] ?? "";
}

export function offerCanned(box: HTMLTextAreaElement, values: () => Record<string, string>): void {
  const menu = find<HTMLElement>("[data-canned]");
  if (!menu) return;
  const options = all<HTMLElement>("[data-canned] > li");
  let shown: HTMLElement[] = [];
  let at = 0;

  const wanted = (): string | null => /^\/(\S*)$/.exec(box.value)?.[1]?.toLowerCase() ?? null;
  const mark = () => shown.forEach((option, i) => option.setAttribute("aria-selected", `${i === at}`));
  const close = () => {
    shown = [];
    hide(menu);
  };
  const offer = () => {
    const word = wanted();
    if (word === null) return close();
    shown = options.filter((option) => fits(option.textContent ?? "", word));
    for (const option of options) option.hidden = !shown.includes(option);
    at = 0;
    mark();
    if (shown.length) show(menu);
    else hide(menu);
  };
  const take = (option: HTMLElement | undefined) => {
    if (!option) return;
    const known = values();
    const text = (option.dataset["body"] ?? "").replace(/\{([a-z_]{1,20})\}/g, (blank, name: string) => known[name] || blank);
    box.setRangeText(text, 0, box.value.length, "end");
    close();
    box.focus();
    box.dispatchEvent(new Event("input"));
  };
  box.addEventListener("input", offer);
  box.addEventListener("keydown", (event) => {
    if (!shown.length) return;
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step) at = (at + step + shown.length) % shown.length;
    else if (event.key === "Enter" || event.key === "Tab") take(shown[at]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
    mark();
  });
  for (const option of options) option.addEventListener("click", () => take(option));
}

/** Whether all letters of the word stand in the text, in their order. */
function fits(text: string, word: string): boolean {
  let from = 0;
  const lower = text.toLowerCase();
  for (const letter of word) {
    from = lower.indexOf(letter, from) + 1;
    if (!from) return false;
  }
  return true;
}
