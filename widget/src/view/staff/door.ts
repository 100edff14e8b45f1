//! The page behind a link: nothing is sent before its button is pressed, since scanners open links and run scripts.

import { own, str } from "../../wire.js";
import { find, hide, show } from "./page.js";

/** The link's token, from the fragment, or from the path where a gateway has made it one. Gone from the address afterwards. */
function token(): string {
  const found = location.hash.slice(1) || location.pathname.split(/%23|#/)[1] || "";
  return /^[\w-]+/.exec(found)?.[0] ?? "";
}

export function openDoor(path: string, page: string): void {
  const found = token();
  const box = find<HTMLElement>("[data-link]");
  const button = find<HTMLButtonElement>("[data-open]");
  const fault = find<HTMLElement>("[data-fault]");
  if (!found || !box || !button) return;
  history.replaceState(null, "", page + location.search);
  show(box);
  button.focus();
  button.addEventListener("click", () => {
    button.disabled = true;
    hide(fault);
    void enter(path, found)
      .then((next) => location.assign(next))
      .catch((why: unknown) => {
        button.disabled = false;
        show(fault, why instanceof Error ? why.message : "The server cannot be reached. Try again.");
      });
  });
}

async function enter(path: string, found: string): Promise<string> {
  let response: Response;
  try {
    response = await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ token: found }) });
  } catch {
    throw new Error("The server cannot be reached. Try again.");
  }
  const answer: unknown = await response.json().catch(() => null);
  if (response.ok) {
    const conversation = own(answer, "conversation");
    if (typeof conversation === "string") return `/staff/c/${conversation}`;
    const next = new URLSearchParams(location.search).get("next") ?? "";
    return /^\/staff\/(?!\/)/.test(next) ? next : "/staff/";
  }
  if (str(answer, "code") === "sign_in") return str(answer, "next");
  throw new Error("This link does not open anything any more. Use the newest mail, or the code that stands in it.");
}
