//! The frames of the visitor's protocol, and the door through which the server's words come in.

/** Who said an event. */
export type Author = "visitor" | "bot" | "staff" | "system";
/** Who answers: the bot, nobody yet, a person, or nobody any more. */
export type Phase = "bot" | "waiting" | "staff" | "closed";

/** One of the site's other lines: `kind` is `whatsapp`, `sms`, `email`, `phone` or `link`. */
export interface Channel { kind: string; label: string; url: string }
/** What the site says while something is down. */
export interface Notice { text: string; since: string }
export interface ChoiceOption { label: string; value: string }
export interface FormField { name: string; kind: string; label: string; required: boolean }
export interface Form { name: string; fields: FormField[]; consent: string }

/** Something said, with its place in the conversation. `kind` decides which of the rest is filled. */
export interface Event {
  seq: number;
  /** Epoch milliseconds. */
  at: number;
  from: Author;
  kind: string;
  text: string;
  name: string;
  /** The client's own id of it, on the visitor's events; empty where the server does not tell. */
  id: string;
  options: ChoiceOption[];
  form: Form | null;
  state: Phase | "";
  /** The `seq` of the event that this one answers; 0 for none. */
  answers: number;
  /** The language of the talk, on the bot's events; empty where it is not told. */
  locale: string;
}

/** What a visitor may begin with: `value` is chosen, `text` is sent as words. */
export interface Suggestion { label: string; value: string; text: string }

export interface Site {
  name: string;
  /** The language that the site speaks to this visitor. */
  locale: string;
  greeting: string;
  suggestions: Suggestion[];
  accent: string;
  channels: Channel[];
  notice: Notice | null;
}

export interface Welcome {
  type: "welcome";
  visitor: string;
  conversation: string;
  seq: number;
  state: Phase;
  site: Site;
  events: Event[];
  more: boolean;
}

export type ServerFrame =
  | Welcome
  | { type: "ack"; id: string; seq: number; at: number }
  | ({ type: "event" } & Event)
  | { type: "history"; events: Event[]; more: boolean }
  | { type: "typing"; name: string }
  | { type: "notice"; notice: Notice | null }
  | { type: "error"; code: string; message: string; id: string; retryAfterMs: number; fields: [string, string][] }
  | { type: "bye"; retryAfterMs: number }
  | { type: "pong" };

export interface Hello {
  type: "hello";
  visitor: string | null;
  after: number;
  locale: string;
  page: { url: string; title: string; referrer: string };
  /** Hints, never trusted by the server: what the page says about the visitor. */
  identity?: Record<string, string>;
  attributes?: Record<string, string | number | boolean>;
}

/** The frames that are kept until their `ack`. */
export type KeptFrame =
  | { type: "message"; id: string; text: string }
  | { type: "choose"; id: string; seq: number; option: string }
  | { type: "form"; id: string; seq: number; fields: Record<string, string>; consent: boolean }
  | { type: "rate"; id: string; score: number; comment?: string };

/** The frames that may get lost without harm. */
export type LightFrame =
  | { type: "history"; before: number; limit: number }
  | { type: "typing" }
  | { type: "read"; seq: number }
  | { type: "page"; url: string; title: string }
  | { type: "ping"; n: number };

/** The longest message that the server takes, in characters. */
export const MAX_TEXT = 4000;

/** Reads one server frame. `null` for what is not one: the unknown is ignored. */
export function parseFrame(json: string): ServerFrame | null {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return null;
  }
  const type = str(value, "type");
  switch (type) {
    case "welcome": {
      const site = own(value, "site");
      return {
        type,
        visitor: str(value, "visitor"),
        conversation: str(value, "conversation"),
        seq: num(value, "seq"),
        state: phase(str(value, "state")) || "bot",
        site: {
          name: str(site, "name"),
          locale: str(site, "locale"),
          greeting: str(site, "greeting"),
          suggestions: list(site, "suggestions")
            .map((item) => ({ label: str(item, "label"), value: str(item, "value"), text: str(item, "text") }))
            .filter((item) => item.label && (item.value || item.text)),
          accent: str(own(site, "theme"), "accent"),
          channels: parseChannels(own(site, "channels")),
          notice: parseNotice(own(site, "notice")),
        },
        events: list(value, "events").map(parseEvent),
        more: own(value, "more") === true,
      };
    }
    case "ack":
      return { type, id: str(value, "id"), seq: num(value, "seq"), at: time(value) };
    case "event":
      return { type, ...parseEvent(value) };
    case "history":
      return { type, events: list(value, "events").map(parseEvent), more: own(value, "more") === true };
    case "typing":
      return { type, name: str(value, "name") };
    case "notice":
      return { type, notice: parseNotice(own(value, "notice")) };
    case "error": {
      const fields = own(value, "fields");
      return {
        type,
        code: str(value, "code"),
        message: str(value, "message"),
        id: str(value, "id"),
        retryAfterMs: num(value, "retry_after_ms"),
        fields: isObject(fields) ? Object.keys(fields).map((name) => [name, str(fields, name)]) : [],
      };
    }
    case "bye":
      return { type, retryAfterMs: num(value, "retry_after_ms") };
    case "pong":
      return { type };
    default:
      return null;
  }
}

/** The site's other lines, from the launch data or a `welcome`; those with an unsafe address are left out. */
export function parseChannels(value: unknown): Channel[] {
  return (Array.isArray(value) ? value : [])
    .map((item: unknown) => ({ kind: str(item, "kind"), label: str(item, "label"), url: str(item, "url") }))
    .filter((channel) => channel.label && /^(https?|mailto|sms|tel):/i.test(channel.url));
}

export function parseNotice(value: unknown): Notice | null {
  const text = str(value, "text");
  return text ? { text, since: str(value, "since") } : null;
}

function parseEvent(value: unknown): Event {
  const form = own(value, "form");
  const from = str(value, "from");
  return {
    seq: num(value, "seq"),
    at: time(value),
    from: from === "visitor" || from === "staff" || from === "system" ? from : "bot",
    kind: str(value, "kind"),
    // A rating has no words of its own.
    text: str(value, "text") || "★".repeat(Math.min(5, num(value, "score"))),
    name: str(value, "name"),
    id: str(value, "id"),
    options: list(value, "options").map((option) => ({ label: str(option, "label"), value: str(option, "value") })),
    form: isObject(form)
      ? {
          name: str(form, "name"),
          consent: str(form, "consent"),
          fields: list(form, "fields").map((field) => ({
            name: str(field, "name"),
            kind: str(field, "kind"),
            label: str(field, "label"),
            required: own(field, "required") === true,
          })),
        }
      : null,
    state: phase(str(value, "state")),
    answers: num(value, "answers"),
    locale: str(value, "locale"),
  };
}

function phase(value: string): Phase | "" {
  return value === "bot" || value === "waiting" || value === "staff" || value === "closed" ? value : "";
}

function time(value: unknown): number {
  return Date.parse(str(value, "at")) || Date.now();
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

// Only own properties count: a page with a polluted Object.prototype must not be able to put words in.
export function own(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

export function str(value: unknown, key: string): string {
  const found = own(value, key);
  return typeof found === "string" ? found : "";
}

export function num(value: unknown, key: string): number {
  const found = own(value, key);
  return typeof found === "number" && Number.isFinite(found) ? found : 0;
}

function list(value: unknown, key: string): unknown[] {
  const found = own(value, key);
  return Array.isArray(found) ? found : [];
}
