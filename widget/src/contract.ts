//! What the launcher and the panel know of each other. They are separate files, so this is types only.
//!
//! It only grows: a launcher from a browser's cache may meet the panel of a later release.

import type { Settings } from "./settings.js";
import type { EnglishStrings } from "./strings/english.js";

export type Strings = Partial<Record<keyof EnglishStrings, string>>;
/** A call of the page's: the method's name and its values. */
export type Call = [method: string, ...values: unknown[]];

/** What the launcher hands to the panel. */
export interface PanelContext {
  /** `https://chat.acme.example` */
  server: string;
  settings: Settings;
  /** What the server has baked into the launcher for this site; unread. */
  data: unknown;
  language: string;
  strings: Strings;
  /** The element inside the shadow root that carries theme, direction and every part of the widget. */
  root: HTMLElement;
  shadow: ShadowRoot;
  emit(name: string, detail?: unknown): void;
  /** Tells the launcher what to draw: unread messages, open or not. */
  unread(count: number): void;
  opened(open: boolean): void;
  /** The talk goes on in another language: its strings come by `translate`. A launcher from before leaves it out. */
  speak?(language: string): void;
}

/** What the panel can be asked to do. */
export interface Panel {
  /** `gesture`: a visitor's own act, after which the browser may remember. */
  open(text: string, gesture: boolean): void;
  close(): void;
  translate(language: string, strings: Strings): void;
  /** A call that is the panel's business: `identify`, `set`, `consent`, `reset`. */
  call(...call: Call): void;
  destroy(): void;
  readonly state: string;
}

export type PanelModule = { createPanel(context: PanelContext): Panel };
