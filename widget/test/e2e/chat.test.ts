//! What a visitor meets, with a server that says exactly what the test needs.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import type { Browser } from "playwright-core";
import { FakeServer } from "../fake-server/server.js";
import { launch, STATIC, Visitor } from "./browser.js";

let browser: Browser;
let fake: FakeServer;
let url: string;
before(async () => { browser = await launch(); });
after(async () => { await browser.close(); });
beforeEach(async () => {
  fake = new FakeServer({ files: STATIC });
  url = await fake.listen();
});
afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
  await fake.close();
});

test("a message is answered, and its bubble says that it was sent", async () => {
  const visitor = await Visitor.comes(browser, url);
  await visitor.opens();
  await visitor.reads("Hi! Ask us anything.");

  await visitor.says("hello\nworld");

  await visitor.reads("You said: hello", "bot");
  assert.equal(await visitor.page.locator(".bubble.visitor .meta").innerText().then((text) => text.startsWith("Sent")), true);
  assert.match(await visitor.bubbles("hello", "visitor").innerText(), /hello\nworld/);
  assert.deepEqual(visitor.errors, []);
});

test("choices are buttons that go once one is taken", async () => {
  fake.script = (text) => text === "hi"
    ? [{ from: "bot", kind: "choices", text: "Anything else?", options: [{ label: "Track my order", value: "order.track" }, { label: "Prices", value: "price" }] }]
    : [{ from: "bot", kind: "text", text: `Chosen: ${text}` }];
  const visitor = await Visitor.comes(browser, url);
  await visitor.opens();
  await visitor.says("hi");

  await visitor.page.getByRole("button", { name: "Track my order" }).click();

  await visitor.reads("Chosen: Track my order", "bot");
  assert.equal(await visitor.page.locator(".choice").count(), 0);
  assert.equal(await visitor.bubbles("Track my order", "visitor").count(), 1);
  assert.equal(fake.chat.frames.find((frame) => frame["type"] === "choose")?.["option"], "order.track");
});

const CONTACT = {
  from: "bot", kind: "form", text: "Where can we write to you?",
  form: { name: "contact", fields: [{ name: "email", kind: "email", label: "Email", required: true }, { name: "company", kind: "company", label: "Company", required: false }], consent: "I agree to be contacted." },
};

test("a form says beside each field what is wrong with it, and tells the page of the lead", async () => {
  fake.script = (_text, _chat, frame) => (frame["type"] === "form" ? [{ from: "bot", kind: "text", text: "Thanks!" }] : [CONTACT]);
  const visitor = await Visitor.comes(browser, url);
  await visitor.page.evaluate(() => {
    const heard: unknown[] = [];
    Object.assign(window, { heard });
    addEventListener("sidedoor:lead", (event) => heard.push((event as CustomEvent).detail));
  });
  await visitor.opens();
  await visitor.says("quote");
  const email = visitor.page.getByRole("textbox", { name: "Email" });

  await visitor.page.locator(".form button").click();
  assert.equal(await email.getAttribute("aria-invalid"), "true");
  await email.fill("wrong@wrong.wrong");
  await visitor.page.locator(".form button").click();
  await visitor.page.locator(".form .fault", { hasText: "Write the whole address" }).waitFor();
  await email.fill("ana@acme.example");
  await visitor.page.getByRole("checkbox").check();
  await visitor.page.locator(".form button").click();

  await visitor.reads("Thanks!");
  assert.equal(await visitor.page.locator(".form").count(), 0);
  assert.equal(await visitor.bubbles("ana@acme.example", "visitor").count(), 1);
  const sent = fake.chat.frames.filter((frame) => frame["type"] === "form").at(-1);
  assert.deepEqual(sent?.["fields"], { email: "ana@acme.example" });
  assert.equal(sent?.["consent"], true);
  assert.deepEqual(await visitor.page.evaluate(() => (window as unknown as { heard: unknown }).heard), [{ fields: ["email"] }]);
});

test("links are safe and nothing that is said becomes an element", async () => {
  const nasty = `<img src=x onerror=alert(1)> javascript:alert(1) https://ok.example/a?b=1&c=2. www.shop.example "https://q.example/" mail me@shop.example`;
  fake.script = () => [{ from: "staff", name: "<b>Ana</b>", kind: "text", text: nasty }];
  const visitor = await Visitor.comes(browser, url);
  await visitor.opens();

  await visitor.says("hi");

  await visitor.reads("onerror", "staff");
  const links = await visitor.page.locator(".bubble.staff .words a").evaluateAll((anchors) => anchors.map((anchor) => anchor.getAttribute("href")));
  assert.deepEqual(links, ["https://ok.example/a?b=1&c=2", "https://www.shop.example/", "https://q.example/", "mailto:me@shop.example"]);
  assert.equal(await visitor.page.locator(".panel img").count(), 0);
  assert.equal(await visitor.page.locator(".bubble.staff .author").innerText(), "<b>Ana</b>");
  for (const rel of await visitor.page.locator(".bubble.staff .words a").evaluateAll((anchors) => anchors.map((anchor) => anchor.getAttribute("rel")))) assert.match(rel ?? "", /noopener/);
});

test("staff are seen typing, by name, and their answer ends the dots", async () => {
  const visitor = await Visitor.comes(browser, url);
  await visitor.opens();
  await visitor.says("hi");
  await visitor.reads("You said: hi");

  fake.push(fake.chat, { type: "typing", from: "staff", name: "Ana" });
  await visitor.page.locator(".typing", { hasText: "Ana is typing" }).waitFor();
  fake.say(fake.chat, { from: "staff", name: "Ana", kind: "text", text: "Ana here" });

  await visitor.reads("Ana here", "staff");
  assert.equal(await visitor.page.locator(".typing").count(), 0);
});

test("while the panel is closed the launcher counts what is unread, and the panel marks where it begins", async () => {
  const visitor = await Visitor.comes(browser, url);
  await visitor.opens();
  await visitor.says("hi");
  await visitor.reads("You said: hi");
  await visitor.launcher.click();
  await visitor.panel.waitFor({ state: "hidden" });

  fake.say(fake.chat, { from: "staff", name: "Ana", kind: "text", text: "one" });
  fake.say(fake.chat, { from: "staff", name: "Ana", kind: "text", text: "two" });

  await visitor.page.locator(".launcher b", { hasText: "2" }).waitFor();
  assert.match(await visitor.launcher.getAttribute("aria-label") ?? "", /\(2\)/);
  await visitor.opens();
  await visitor.page.locator(".new", { hasText: "New messages" }).waitFor();
  assert.equal(await visitor.page.locator(".launcher b").isVisible(), false);
  const order = await visitor.page.locator(".log > *").allInnerTexts();
  assert.equal(order.findIndex((text) => text.includes("New messages")) + 1, order.findIndex((text) => text.includes("one")));
});

test("the title counts only when the page asks for it, and is given back", async () => {
  const visitor = await Visitor.comes(browser, `${url}/`);
  await visitor.page.evaluate(() => (window as unknown as { sidedoor: (name: string, value: object) => void }).sidedoor("theme", { title: true }));
  await visitor.opens();
  await visitor.says("hi");
  await visitor.reads("You said: hi");
  await visitor.launcher.click();
  await visitor.page.evaluate(() => {
    Object.defineProperty(Document.prototype, "visibilityState", { value: "hidden", configurable: true });
  });

  fake.say(fake.chat, { from: "staff", name: "Ana", kind: "text", text: "one" });
  await visitor.page.waitForFunction(() => document.title.startsWith("(1) "));
  await visitor.page.evaluate(() => {
    Object.defineProperty(Document.prototype, "visibilityState", { value: "visible", configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  });

  await visitor.page.waitForFunction(() => document.title === "Tidewater Candles");
});

test("a closed conversation asks for a rating, once", async () => {
  const visitor = await Visitor.comes(browser, url);
  await visitor.opens();
  await visitor.says("hi");
  await visitor.reads("You said: hi");
  fake.say(fake.chat, { from: "system", kind: "state", state: "closed", text: "This conversation is closed." });

  await visitor.page.getByRole("radio", { name: "4 of 5" }).check({ force: true });
  await visitor.page.locator(".rating textarea").fill("quick");
  await visitor.page.locator(".rating button").click();

  await visitor.reads("★★★★", "visitor");
  assert.equal(await visitor.page.locator(".rating fieldset").isVisible(), false);
  const rated = fake.chat.frames.find((frame) => frame["type"] === "rate");
  assert.equal(rated?.["score"], 4);
  assert.equal(rated?.["comment"], "quick");
});

test("an outage has its bar, and the bar goes with it", async () => {
  fake.notice = { text: "Instagram messages are down. We answer here.", since: "2026-11-23T09:00:00Z" };
  const visitor = await Visitor.comes(browser, url);
  await visitor.opens();
  await visitor.says("hi");
  await visitor.page.locator(".notice", { hasText: "Instagram messages are down" }).waitFor();

  fake.push(fake.chat, { type: "notice", notice: null });

  await visitor.page.locator(".notice").waitFor({ state: "hidden" });
});

test("while nobody is there an email can be left, and what was typed stays", async () => {
  const visitor = await Visitor.comes(browser, url);
  await visitor.opens();
  await visitor.says("I want a person");
  await visitor.reads("You said");
  await visitor.box.fill("half a sentence");
  fake.say(fake.chat, { from: "system", kind: "state", state: "waiting", text: "We have passed this on to our team." });

  await visitor.page.getByLabel("Nobody is here").fill("nonsense");
  await visitor.page.locator(".email button").click();
  await visitor.page.locator(".email .fault", { hasText: "Write the whole address" }).waitFor();
  await visitor.page.getByLabel("Nobody is here").fill("ana@acme.example");
  await visitor.page.locator(".email button").click();

  await visitor.reads("ana@acme.example", "visitor");
  await visitor.page.locator(".email").waitFor({ state: "hidden" });
  assert.equal(await visitor.box.inputValue(), "half a sentence");
});

test("days are marked and older messages come while scrolling up, without a jump", async () => {
  const visitor = await Visitor.comes(browser, url);
  await visitor.opens();
  await visitor.says("first");
  await visitor.reads("You said: first");
  const day = 86_400_000;
  for (let i = 0; i < 260; i++) {
    fake.chat.events.push({ type: "event", seq: fake.chat.events.length + 1, at: new Date(Date.now() - (i < 130 ? 3 * day : day)).toISOString(), from: i % 2 ? "bot" : "staff", name: "Ana", kind: "text", text: `old message ${i}` });
  }
  await visitor.page.reload();
  await visitor.opens();
  await visitor.reads("old message 259");
  assert.ok(await visitor.page.locator(".bubble").count() < 60);
  await visitor.page.locator(".day", { hasText: "Yesterday" }).or(visitor.page.locator(".day", { hasText: "yesterday" })).waitFor();

  await visitor.scrollsUpTo("first");
  await visitor.reads("first", "visitor");
  assert.equal(await visitor.page.locator(".day").count(), 3);
  const texts = await visitor.page.locator(".bubble .words").allInnerTexts();
  assert.equal(new Set(texts).size, texts.length);
});

test("who reads further up is told of new messages and not moved", async () => {
  const visitor = await Visitor.comes(browser, url);
  await visitor.opens();
  fake.script = () => Array.from({ length: 30 }, (_, i) => ({ from: "bot", kind: "text", text: `line ${i}` }));
  await visitor.says("fill");
  await visitor.reads("line 29");
  await visitor.log.evaluate((log) => { log.scrollTop = 300; });
  await visitor.page.waitForFunction(() => (document.querySelector("[data-sidedoor]")?.shadowRoot?.querySelectorAll(".bubble.bot").length ?? 0) === 31);
  const place = () => visitor.bubbles("line 12", "bot").boundingBox();
  const before = await place();

  fake.say(fake.chat, { from: "staff", name: "Ana", kind: "text", text: "the newest" });

  await visitor.page.locator(".jump").waitFor();
  assert.equal((await place())?.y, before?.y);
  await visitor.page.locator(".jump").click();
  await visitor.page.waitForFunction(() => {
    const log = document.querySelector("[data-sidedoor]")?.shadowRoot?.querySelector(".log");
    return log && log.scrollHeight - log.scrollTop - log.clientHeight < 5;
  });
});

test("who has just scrolled up is not pulled back by what is drawn before the browser tells of it", async () => {
  const visitor = await Visitor.comes(browser, url);
  await visitor.opens();
  fake.script = () => Array.from({ length: 30 }, (_, i) => ({ from: "bot", kind: "text", text: `line ${i}` }));
  await visitor.says("fill");
  await visitor.reads("line 29");

  const places = await visitor.log.evaluate(async (log) => {
    const frame = () => new Promise(requestAnimationFrame);
    const found: number[] = [];
    for (let i = 0; i < 10; i++) {
      log.scrollTop = log.scrollHeight;
      await frame();
      await frame();
      log.scrollTop = 300;
      dispatchEvent(new Event("online"));
      await new Promise((done) => setTimeout(done));
      await frame();
      await frame();
      found.push(log.scrollTop);
    }
    return found;
  });

  assert.deepEqual(places, Array(10).fill(300));
});

test("a message that is too long says by how much and is not sent", async () => {
  const visitor = await Visitor.comes(browser, url);
  await visitor.opens();
  await visitor.isConnected();
  await visitor.box.fill("😀".repeat(4003));

  await visitor.box.press("Enter");

  await visitor.page.locator(".composer .fault", { hasText: "3 characters too long" }).waitFor();
  assert.equal(await visitor.page.locator(".bubble.visitor").count(), 0);
  assert.ok((await visitor.box.inputValue()).length > 4000);
});

test("sound is off until the visitor asks for it, and the choice is remembered", async () => {
  const visitor = await Visitor.comes(browser, url);
  await visitor.page.evaluate(() => {
    const played: number[] = [];
    Object.assign(window, { played });
    AudioScheduledSourceNode.prototype.start = function (when?: number) { played.push(when ?? 0); };
  });
  const played = () => visitor.page.evaluate(() => (window as unknown as { played: number[] }).played.length);
  await visitor.opens();
  await visitor.says("hi");
  await visitor.reads("You said: hi");
  await visitor.launcher.click();
  fake.say(fake.chat, { from: "staff", name: "Ana", kind: "text", text: "silent" });
  await visitor.page.locator(".launcher b", { hasText: "1" }).waitFor();
  assert.equal(await played(), 0);

  await visitor.opens();
  await visitor.page.getByRole("button", { name: "Sound" }).click();
  const sample = await played();
  assert.ok(sample > 0, "the choice can be heard");
  await visitor.launcher.click();
  fake.say(fake.chat, { from: "staff", name: "Ana", kind: "text", text: "heard" });
  await visitor.page.locator(".launcher b", { hasText: "1" }).waitFor();

  assert.ok((await played()) > sample);
  await visitor.page.reload();
  await visitor.opens();
  assert.equal(await visitor.page.getByRole("button", { name: "Sound" }).getAttribute("aria-pressed"), "true");
});

test("an offer that was taken up elsewhere, or a token that opens nothing any more, loses no words", async () => {
  const visitor = await Visitor.comes(browser, url);
  await visitor.opens();
  await visitor.says("one");
  await visitor.reads("You said: one");
  fake.cut();
  fake.chats.clear();

  await visitor.says("two");

  await visitor.reads("You said: two");
  assert.equal(await visitor.bubbles("two", "visitor").count(), 1);
  assert.equal(await visitor.bubbles("one", "visitor").count(), 0);
});
