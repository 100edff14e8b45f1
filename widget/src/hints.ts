//! What the page tells about its visitor: sent along as hints, believed by nobody without a signed token, stored nowhere.

import { isObject, str, type Hello } from "./wire.js";

export interface Hints {
  identify(id: unknown, traits: unknown): void;
  set(attributes: unknown): void;
  clear(): void;
  fields(): Pick<Hello, "identity" | "attributes">;
}

/** A page's whole data layer must not travel with each `hello`. */
const MAX_KEYS = 50;
const MAX_VALUE = 1000;
/** Signed tokens are longer than other values. */
const MAX_TOKEN = 4000;

export function readHints(): Hints {
  let identity: Record<string, string> = {};
  let attributes: Record<string, string | number | boolean> = {};
  return {
    identify(id, traits) {
      identity = {};
      if (typeof id === "string" || typeof id === "number") identity["id"] = String(id).slice(0, 128);
      for (const key of ["token", "name", "email", "phone"]) {
        const value = str(isObject(id) ? id : traits, key);
        if (value) identity[key] = value.slice(0, MAX_TOKEN);
      }
    },
    set(values) {
      if (!isObject(values)) return;
      for (const key of Object.keys(values)) {
        const value = values[key];
        if (Object.keys(attributes).length >= MAX_KEYS && !(key in attributes)) break;
        if (typeof value === "string") attributes[key] = value.slice(0, MAX_VALUE);
        else if (typeof value === "number" || typeof value === "boolean") attributes[key] = value;
        else if (value === null) delete attributes[key];
      }
    },
    clear() {
      identity = {};
      attributes = {};
    },
    fields: () => ({
      ...(Object.keys(identity).length ? { identity } : {}),
      ...(Object.keys(attributes).length ? { attributes } : {}),
    }),
  };
}
