//! What the view is told at each drawing, and what it may ask for.

import type { Status } from "../connection.js";
import type { FormFault, Item } from "../conversation.js";
import type { EnglishStrings } from "../strings/english.js";
import type { Channel, ChoiceOption, Notice, Phase, Suggestion } from "../wire.js";

export type Text = (word: keyof EnglishStrings, values?: Record<string, string>) => string;

export interface ViewState {
  text: Text;
  language: string;
  name: string;
  greeting: string;
  /** What the visitor may begin with. */
  suggestions: readonly Suggestion[];
  notice: Notice | null;
  channels: readonly Channel[];
  /** Who is typing; empty for nobody. */
  typing: string;
  isOpen: boolean;
  status: Status;
  online: boolean;
  phase: Phase;
  items: Item[];
  more: boolean;
  /** The newest `seq` that the visitor has read. */
  read: number;
  fault: FormFault | null;
  sound: boolean;
  draft: string;
}

export interface ViewActions {
  say(words: string): void;
  choose(seq: number, option: ChoiceOption): void;
  suggest(suggestion: Suggestion): void;
  form(seq: number, fields: Record<string, string>, consent: boolean, words: string): void;
  rate(score: number, comment: string): void;
  draft(words: string): void;
  older(): void;
  seen(): void;
  sound(on: boolean): void;
  close(): void;
}
