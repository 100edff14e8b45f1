//! Lines, links, languages, addresses, ids: what is decided without a browser.

import assert from "node:assert/strict";
import { test } from "node:test";
import { uuid7 } from "../../src/id.js";
import { lineUrl, rankLines } from "../../src/lines.js";
import { pickLanguage, readSettings, type Settings } from "../../src/settings.js";
import { splitLinks } from "../../src/view/link.js";
import { cleanUrl } from "../../src/view/page.js";
import { LANGUAGES, wordsIn } from "../../src/words.js";
import { allStrings } from "../../src/strings/all.js";
import { parseFrame } from "../../src/wire.js";
import { readHints } from "../../src/hints.js";

test("WhatsApp comes last of the lines, since it falls with Instagram", () => {
  const lines = ["whatsapp", "link", "sms", "email", "phone"].map((kind) => ({ kind, label: kind, url: "" }));
  assert.deepEqual(rankLines(lines).map((line) => line.kind), ["email", "sms", "phone", "link", "whatsapp"]);
});

test("a line carries the message where its kind can", () => {
  const text = "Größe M? 50% & more\nthanks";
  const words = encodeURIComponent(text);
  assert.equal(lineUrl({ kind: "email", label: "", url: "mailto:a@b.example" }, text), `mailto:a@b.example?body=${words}`);
  assert.equal(lineUrl({ kind: "email", label: "", url: "mailto:a@b.example?subject=Hi" }, text), `mailto:a@b.example?subject=Hi&body=${words}`);
  assert.equal(lineUrl({ kind: "whatsapp", label: "", url: "https://wa.me/1" }, text), `https://wa.me/1?text=${words}`);
  assert.equal(lineUrl({ kind: "phone", label: "", url: "tel:+1" }, text), "tel:+1");
  assert.equal(lineUrl({ kind: "sms", label: "", url: "sms:+1" }, ""), "sms:+1");
});

test("only plain addresses become links, without the sentence's punctuation", () => {
  const links = (text: string) => splitLinks(text).filter((piece) => piece.url).map((piece) => piece.url);
  assert.deepEqual(links("see https://a.example/x, or (www.b.example)."), ["https://a.example/x", "https://www.b.example/"]);
  assert.deepEqual(links("https://en.example/wiki/A_(b)"), ["https://en.example/wiki/A_(b)"]);
  assert.deepEqual(links("mail ana@acme.example!"), ["mailto:ana@acme.example"]);
  for (const text of ["javascript:alert(1)", "data:text/html,x", "JAVASCRIPT://x", "https://", "http://[", "a.b", "vbscript:x", "file:///etc/passwd"]) assert.deepEqual(links(text), [], text);
});

test("splitting loses no character", () => {
  for (const text of ["", "plain", "https://a.example", "x https://a.example y@z.example. end", "((https://a.example/(b))))", "\n\n www.x.example \n"]) {
    assert.equal(splitLinks(text).map((piece) => piece.text).join(""), text);
  }
});

test("the language follows the tag, then the page, then English", () => {
  assert.equal(pickLanguage(LANGUAGES, "", "es-MX", "fr"), "es");
  assert.equal(pickLanguage(LANGUAGES, "pt-BR", "es"), "pt");
  assert.equal(pickLanguage(LANGUAGES, undefined, "frr", "kok", "xx"), "en");
  assert.equal(pickLanguage(LANGUAGES, "ZH-Hant"), "zh");
});

test("each of at least twelve languages has the launcher's words and the panel's", () => {
  assert.ok(LANGUAGES.length >= 12);
  for (const language of LANGUAGES) {
    assert.equal(wordsIn(language).filter(Boolean).length, 2, language);
    assert.ok(language === "en" || allStrings[language], language);
  }
});

test("addresses lose their secrets and fragments, but not their routes", () => {
  assert.equal(cleanUrl("https://a.example/p?x=1&token=abc&reset_key=1&Email=a@b#section"), "https://a.example/p?x=1");
  assert.equal(cleanUrl("https://a.example/#/orders/7"), "https://a.example/#/orders/7");
  assert.equal(cleanUrl("nonsense"), "");
});

test("ids are UUIDs of version 7, in the order of time", () => {
  const ids = [1, 1_700_000_000_000, 1_700_000_000_001, 2_000_000_000_000].map((now) => uuid7(now));
  for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.deepEqual([...ids].sort(), ids);
  assert.equal(parseInt((ids[1] ?? "").replace(/-/g, "").slice(0, 12), 16), 1_700_000_000_000);
});

test("settings take plain values, and nothing from a prototype", () => {
  const source = Object.create({ theme: "dark" }) as Record<string, unknown>;
  source["site"] = "acme";
  source["zIndex"] = 7;
  source["accent"] = { evil: true };
  const settings = readSettings(Object.create(null) as Settings, source);
  assert.deepEqual({ ...settings }, { site: "acme", zIndex: "7" });
});

test("frames that are not frames are ignored, and fields of the wrong kind are empty", () => {
  for (const json of ["", "[]", "null", "7", "{", '{"type":"nonsense"}', '{"type":7}']) assert.equal(parseFrame(json), null, json);
  const frame = parseFrame('{"type":"event","seq":"x","at":7,"from":"root","kind":[],"text":{},"options":{"length":3},"form":7}');
  assert.equal(frame?.type, "event");
  assert.deepEqual(frame?.type === "event" && [frame.seq, frame.from, frame.kind, frame.text, frame.options, frame.form], [0, "bot", "", "", [], null]);
});

test("lines with an unsafe address are not offered", () => {
  const frame = parseFrame(JSON.stringify({ type: "welcome", site: { channels: [{ kind: "link", label: "x", url: "javascript:alert(1)" }, { kind: "link", label: "y", url: "https://y.example" }] } }));
  assert.deepEqual(frame?.type === "welcome" && frame.site.channels.map((channel) => channel.label), ["y"]);
});

test("hints are plain, few and short", () => {
  const hints = readHints();
  hints.identify("u".repeat(500), { email: "a@b.example", role: "admin", phone: 7 });
  hints.set(Object.fromEntries(Array.from({ length: 80 }, (_, i) => [`k${i}`, "v".repeat(5000)])));
  const { identity, attributes } = hints.fields();
  assert.deepEqual(identity, { id: "u".repeat(128), email: "a@b.example" });
  assert.equal(Object.keys(attributes ?? {}).length, 50);
  assert.equal(String(attributes?.["k0"]).length, 1000);
  hints.clear();
  assert.deepEqual(hints.fields(), {});
});
