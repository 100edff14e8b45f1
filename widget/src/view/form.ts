//! A form inside the conversation: labels, the right keyboards, faults beside the field they are about.

import { h, setAttributes, setText } from "./dom.js";
import type { Event, FormField } from "../wire.js";
import type { Text } from "./state.js";

export interface FormView {
  element: HTMLFormElement;
  /** Puts its own words into the language of the talk, which may have changed since. */
  say(text: Text): void;
  faults(fields: readonly [string, string][]): void;
}

export type SendForm = (seq: number, fields: Record<string, string>, consent: boolean, words: string) => void;

// What the browser may fill in by itself, and which keyboard a phone shows.
const KINDS: Record<string, { type: string; autocomplete: string; inputmode?: string }> = {
  email: { type: "email", autocomplete: "email", inputmode: "email" },
  phone: { type: "tel", autocomplete: "tel", inputmode: "tel" },
  name: { type: "text", autocomplete: "name" },
  company: { type: "text", autocomplete: "organization" },
  money: { type: "text", autocomplete: "off", inputmode: "decimal" },
  date: { type: "date", autocomplete: "off" },
};

/** `typed`: what other forms of this conversation were told, by the fields' names. */
export function createForm(event: Event, words: Text, send: SendForm, typed: Map<string, string>): FormView {
  let text = words;
  const form = event.form ?? { name: "", fields: [], consent: "" };
  // Beside a field that must be filled, the others say that they need not be. Where none must, one is still needed.
  const marks = form.fields.some((field) => field.required);
  const rows = form.fields.map((field) => createRow(field, `sd${event.seq}-${field.name}`, marks && !field.required));
  const consent = h("input", { type: "checkbox", id: `sd${event.seq}-consent` });
  const consentFault = h("span", { class: "fault", id: `sd${event.seq}-consent-fault` });
  const button = h("button", { class: "primary", type: "submit" });
  const element = h("form", { class: "form", novalidate: true },
    ...rows.map((row) => row.element),
    form.consent && h("div", { class: "field" }, h("label", { class: "consent" }, consent, h("span", {}, form.consent)), consentFault),
    button);

  const faults = (fields: readonly [string, string][]) => {
    const reasons = new Map(fields);
    for (const row of rows) row.fault(reasons.get(row.field.name) ?? "", text);
    setText(consentFault, reasons.has("consent") ? text("required") : "");
    setAttributes(consent, { "aria-invalid": reasons.has("consent") && "true", "aria-describedby": reasons.has("consent") ? consentFault.id : null });
    (rows.find((row) => reasons.has(row.field.name))?.input ?? (reasons.has("consent") ? consent : null))?.focus();
  };

  for (const { field, input } of rows) {
    input.value = typed.get(field.name) ?? "";
    input.addEventListener("input", () => typed.set(field.name, input.value));
  }
  element.addEventListener("submit", (submit) => {
    submit.preventDefault();
    const wrong: [string, string][] = [];
    for (const { field, input } of rows) {
      const value = input.value.trim();
      if (!value && field.required) wrong.push([field.name, "required"]);
      else if (value && field.kind === "email" && !looksLikeEmail(value)) wrong.push([field.name, "invalid"]);
    }
    const [first] = rows;
    if (first && !wrong.length && rows.every(({ input }) => !input.value.trim())) wrong.push([first.field.name, "required"]);
    faults(wrong);
    if (wrong.length) return;
    const fields: Record<string, string> = {};
    for (const { field, input } of rows) if (input.value.trim()) fields[field.name] = input.value.trim();
    const told = rows.filter(({ input }) => input.value.trim()).map(({ field, input }) => `${field.label}: ${input.value.trim()}`).join("\n");
    send(event.seq, fields, consent.checked, told || text("formSent"));
  });
  const say = (next: Text) => {
    text = next;
    setText(button, text("send"));
    for (const row of rows) row.say(text);
  };
  say(words);
  return { element, say, faults };
}

/** Whether it may be an address: `foo@bar` is not, as no mail from outside reaches it. The server looks closer. */
export function looksLikeEmail(text: string): boolean {
  return /^[^\s@]+@[^\s@]+\.[^\s@.]{2,}$/.test(text);
}

function createRow(field: FormField, id: string, isOptional: boolean) {
  const kind = Object.hasOwn(KINDS, field.kind) ? KINDS[field.kind] : undefined;
  const fault = h("span", { class: "fault", id: `${id}-fault` });
  const input = h("input", {
    id, name: field.name, type: kind?.type ?? "text", autocomplete: kind?.autocomplete ?? "off", inputmode: kind?.inputmode,
    required: field.required, maxlength: 500, dir: "auto",
  });
  const optional = h("span", { class: "optional" });
  const element = h("div", { class: "field" },
    h("label", { for: id }, field.label || field.name, isOptional && optional), input, fault);
  return {
    field, input, element,
    say: (text: Text) => setText(optional, ` (${text("optional")})`),
    fault(reason: string, text: Text) {
      // A server's sentence is shown as it is; its codes are put into words here.
      const word = reason === "required" || reason === "missing" ? "required" : field.kind === "email" ? "invalidEmail" : "invalid";
      setText(fault, !reason ? "" : /\s/.test(reason) ? reason : text(word));
      setAttributes(input, { "aria-invalid": reason ? "true" : null, "aria-describedby": reason ? fault.id : null });
    },
  };
}
