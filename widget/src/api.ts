//! The one global: callable, with a queue before us and the same words as methods after.

import type { Widget } from "./launch.js";
import { isObject } from "./wire.js";

export interface Api {
  (method: string, ...values: unknown[]): unknown;
  push(...calls: unknown[]): void;
  readonly version: string;
  readonly state: string;
}

/** Names that people know from elsewhere, or from our own pages. */
const ALIASES: readonly (readonly [string, keyof Widget["calls"]])[] = [
  ["setUser", "identify"], ["setAttributes", "set"], ["setLocale", "locale"],
];

/** Puts the global in place, then makes the calls that were queued before it, in order. */
export function createApi(version: string, widget: Widget): void {
  const scope = window as unknown as Record<string, unknown>;
  const before = scope["sidedoor"];
  const calls = new Map<string, (...values: unknown[]) => unknown>();
  for (const name of Object.keys(widget.calls) as (keyof Widget["calls"])[]) calls.set(name, widget.calls[name]);
  for (const [alias, name] of ALIASES) calls.set(alias, widget.calls[name]);

  const call = (method: unknown, ...values: unknown[]): unknown => {
    // Whatever goes wrong here is ours, or a slip in the page's call: never an exception in the page.
    try {
      const found = calls.get(String(method));
      if (found) return found(...values);
      console.warn(`sidedoor: no method "${String(method)}"`);
    } catch (error) {
      console.warn("sidedoor:", error);
    }
    return undefined;
  };
  const methods: Record<string, unknown> = { version };
  for (const name of calls.keys()) methods[name] = (...values: unknown[]) => call(name, ...values);
  methods["push"] = (...queued: unknown[]) => { for (const entry of queued) if (Array.isArray(entry)) call(entry[0], ...entry.slice(1)); };
  const api = Object.assign(call, methods) as unknown as Api;
  // A descriptor without a prototype: on a page with a polluted Object.prototype a plain one may not be valid.
  Object.defineProperty(api, "state", Object.assign(Object.create(null) as object, { get: () => widget.state() }));

  // An element with this id would be found here too (named access on the window): only a queue counts.
  const queue = Array.isArray(before) ? before : typeof before === "function" ? (before as unknown as { q?: unknown }).q : [];
  scope["sidedoor"] = api;
  widget.onDestroy(() => { if (scope["sidedoor"] === api) delete scope["sidedoor"]; });
  if (!Array.isArray(queue)) return;
  for (const entry of queue) if (isObject(entry)) call(...(Array.from(entry as unknown as ArrayLike<unknown>) as [unknown]));
}
