//! The one global: callable, with a queue before us and the same words as methods after.

import type { Call } from "./contract.js";

export interface Api {
  (...call: Call): unknown;
  version: string;
}

/** The page's side. The last three are names that people know from elsewhere. */
const METHODS = "open close toggle show hide identify set locale theme consent on off reset destroy setUser setAttributes setLocale".split(" ");

const scope = window as unknown as Record<string, unknown>;

/** The widget that is on the page already, if one is. */
export function runningApi(): Api | null {
  const found = scope["sidedoor"] as Api | undefined;
  return typeof found === "function" && found.version ? found : null;
}

/** Puts the global in place, then makes the calls that were queued before it, in order. */
export function createApi(version: string, signal: AbortSignal, make: (...call: Call) => unknown, state: () => string): void {
  const before = scope["sidedoor"];
  // Whatever goes wrong here is ours, or a slip in the page's call: never an exception in the page.
  const attempt = (entry: unknown): unknown => {
    try {
      return make(...(entry as Call));
    } catch (error) {
      return console.warn("sidedoor:", error);
    }
  };
  const api = (...call: Call) => attempt(call);
  const push = (...calls: unknown[]) => calls.forEach(attempt);
  Object.assign(api, { version, push }, ...METHODS.map((name) => ({ [name]: (...values: unknown[]) => attempt([name, ...values]) })));
  // A descriptor without a prototype: with a polluted Object.prototype a plain one may not be valid.
  Object.defineProperty(api, "state", { __proto__: null, get: state } as PropertyDescriptor);
  scope["sidedoor"] = api;
  signal.addEventListener("abort", () => { if (scope["sidedoor"] === api) delete scope["sidedoor"]; });
  // An element with this id would be found here too (named access on the window): only a queue counts.
  const queue = (before as { q?: unknown } | undefined)?.q ?? before;
  if (Array.isArray(queue)) push(...(queue as unknown[]));
}
