//! What the launcher and the panel know of each other. They are separate files, so this is types only.

import type { Settings, LaunchData } from "./settings.js";
import type { EnglishStrings } from "./strings/english.js";

export type Strings = Partial<Record<keyof EnglishStrings, string>>;
export type Attributes = Record<string, string | number | boolean>;

/** What the page has told about the visitor; unverified, kept in memory only. */
export interface Hints {
  identity: Record<string, string>;
  attributes: Attributes;
}

/** What the launcher hands to the panel. */
export interface PanelContext {
  /** `https://chat.acme.example` */
  server: string;
  settings: Settings;
  data: LaunchData;
  hints: Hints;
  language: string;
  strings: Strings;
  /** The element inside the shadow root that carries theme, direction and every part of the widget. */
  root: HTMLElement;
  shadow: ShadowRoot;
  nonce: string;
  emit(name: string, detail?: unknown): void;
  /** Tells the launcher what to draw: unread messages, open or not. */
  unread(count: number): void;
  opened(open: boolean): void;
}

/** What the panel can be asked to do. */
export interface Panel {
  /** `gesture`: a visitor's own act, after which the browser may remember. */
  open(text: string, gesture: boolean): void;
  close(): void;
  translate(language: string, strings: Strings): void;
  /** The page's hints have changed. */
  hint(): void;
  consent(given: boolean): void;
  reset(): void;
  /** Settings have changed: sound, title. */
  restyle(): void;
  destroy(): void;
  readonly state: string;
}

export type PanelModule = { createPanel(context: PanelContext): Panel };
