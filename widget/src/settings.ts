//! What the page says about the widget: `data-` attributes, `sidedoorSettings`, or calls.

import { isObject } from "./wire.js";

/** As the page wrote them; what it did not say is not there. Without a prototype, so that nobody else can say it. */
export type Settings = Partial<Record<
  "site" | "server" | "locale" | "position" | "theme" | "accent" | "radius" | "font" | "launcher"
  | "label" | "icon" | "open" | "zIndex" | "offset" | "consent" | "title", string>>;

/** Copies what `source` (a `dataset`, or an object of the page) says over `settings`. */
export function readSettings(settings: Settings, source: unknown): Settings {
  if (isObject(source)) for (const key of Object.keys(source)) {
    const value = source[key];
    if (!isObject(value)) settings[key as keyof Settings] = `${value as string}`;
  }
  return settings;
}

/** The language of the first of `tags`, most wanted first, that is known; English where none is. */
export function pickLanguage(known: readonly string[], ...tags: (string | undefined)[]): string {
  return tags.map((tag) => `${tag}`.toLowerCase().split("-")[0] ?? "").find((language) => known.includes(language)) ?? "en";
}

export function isRtl(language: string): boolean {
  return language === "ar" || language === "he";
}
