//! What the page says about the widget: `data-` attributes, `sidedoorSettings`, or calls; checked at the door.

import { own, str, parseChannels, parseNotice, type Channel, type Notice } from "./wire.js";

/** Every value is as the page wrote it; an empty string means that the page did not say. */
export interface Settings {
  site: string;
  server: string;
  locale: string;
  position: string;
  theme: string;
  accent: string;
  radius: string;
  font: string;
  launcher: string;
  label: string;
  icon: string;
  open: string;
  zIndex: string;
  offset: string;
  consent: string;
  sound: string;
  title: string;
}

const KEYS: readonly (keyof Settings)[] = [
  "site", "server", "locale", "position", "theme", "accent", "radius", "font", "launcher",
  "label", "icon", "open", "zIndex", "offset", "consent", "sound", "title",
];

/** What the server bakes into the launcher for each site, so that it is known when the server is down. */
export interface LaunchData {
  name: string;
  accent: string;
  locale: string;
  greeting: string;
  position: string;
  channels: Channel[];
  notice: Notice | null;
}

/** Copies the known keys of `source` (a `dataset` or an object) over `settings`. */
export function readSettings(settings: Settings, source: unknown): Settings {
  for (const key of KEYS) {
    const value = own(source, key);
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") settings[key] = String(value);
  }
  return settings;
}

export function emptySettings(): Settings {
  const settings = Object.create(null) as Record<keyof Settings, string>;
  for (const key of KEYS) settings[key] = "";
  return settings;
}

export function readLaunchData(value: unknown): LaunchData {
  return {
    name: str(value, "name"),
    accent: str(value, "accent"),
    locale: str(value, "locale"),
    greeting: str(value, "greeting"),
    position: str(value, "position"),
    channels: parseChannels(own(value, "channels")),
    notice: parseNotice(own(value, "notice")),
  };
}

/** The best of `known` languages for the tags, most wanted first; English where none fits. */
export function pickLanguage(known: readonly string[], ...tags: string[]): string {
  for (const tag of tags) {
    // Two codes that browsers still send for Hebrew and Indonesian.
    const language = tag.toLowerCase().split(/[-_]/)[0]?.replace(/^iw$/, "he").replace(/^in$/, "id");
    if (language && known.includes(language)) return language;
  }
  return "en";
}

export function isRtl(language: string): boolean {
  return language === "ar" || language === "he";
}
