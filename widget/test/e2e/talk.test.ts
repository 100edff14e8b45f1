//! How a talk goes: its first second, its language, one press that counts once, and a conversation that is erased under it.

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

const CHOICES = { from: "bot", kind: "choices", text: "Anything else?", options: [{ label: "Track my order", value: "order.track" }, { label: "Prices", value: "price" }] };
const FORM = {
  from: "bot", kind: "form", text: "Where can we write to you?",
  form: { name: "contact", fields: [{ name: "email", kind: "email", label: "Email", required: true }, { name: "name", kind: "name", label: "Name", required: false }] },
};
const sent = (type: string) => fake.chat.frames.filter((frame) => frame["type"] === type);

test("what is pressed twice is sent once: a choice, a form, a suggestion, a rating, an email", async () => {
  fake.suggestions = [{ label: "Where is my parcel?", value: "order.track" }];
  fake.script = (text, _chat, frame) => (frame["type"] === "form" ? [] : text === "quote" ? [FORM] : [CHOICES]);
  const visitor = await Visitor.comes(browser, url);
  // Two presses before anything is drawn again, as a quick double click or a held Enter makes them.
  const twice = (selector: string) => visitor.page.locator(selector).first().evaluate((element) => {
    for (let i = 0; i < 2; i++) (element as HTMLElement).click();
  });
  await visitor.opens();
  await visitor.page.getByRole("button", { name: "Where is my parcel?" }).waitFor();

  await twice(".suggestions button");
  await visitor.reads("Anything else?");
  await twice(".choice");
  await visitor.page.locator(".choice").first().waitFor();
  await visitor.says("quote");
  await visitor.page.getByRole("textbox", { name: "Email" }).fill("ana@acme.example");
  await twice(".form .primary");
  await visitor.page.locator(".form").waitFor({ state: "detached" });
  fake.say(fake.chat, { from: "system", kind: "state", state: "closed", text: "Closed." });
  await visitor.page.getByRole("radio", { name: "4 of 5" }).check({ force: true });
  await twice(".rating .primary");
  await visitor.reads("★★★★", "visitor");

  assert.deepEqual(sent("choose").map((frame) => [frame["seq"], frame["option"]]), [[0, "order.track"], [2, "order.track"]]);
  assert.deepEqual([sent("form").length, sent("rate").length], [1, 1]);
});

test("a double click on the launcher opens it", async () => {
  const visitor = await Visitor.comes(browser, url);
  await visitor.launcher.hover();
  await visitor.panel.waitFor({ state: "attached" });

  await visitor.launcher.dblclick();

  await visitor.panel.waitFor();
});

test("an email that is sent twice is one message and no fault", async () => {
  const visitor = await Visitor.comes(browser, url);
  await visitor.opens();
  await visitor.says("a person please");
  await visitor.reads("You said");
  fake.say(fake.chat, { from: "system", kind: "state", state: "waiting", text: "Passed on." });
  await visitor.page.locator(".email input").fill("ana@acme.example");

  await visitor.page.locator(".email button").evaluate((button) => { for (let i = 0; i < 2; i++) (button as HTMLElement).click(); });

  await visitor.reads("ana@acme.example", "visitor");
  assert.equal(sent("message").length, 2);
  assert.equal(await visitor.page.locator(".email .fault").innerText(), "");
});

test("suggestions stand there on opening, one is sent as chosen or as words, and then they are gone", async () => {
  fake.suggestions = [{ label: "Track my order", value: "order.track" }, { label: "Do you ship to Spain?", text: "Do you ship to Spain?" }];
  const visitor = await Visitor.comes(browser, url);
  await visitor.opens();

  await visitor.page.getByRole("group", { name: "Suggestions" }).getByRole("button", { name: "Do you ship to Spain?" }).click();

  await visitor.reads("You said: Do you ship to Spain?");
  assert.deepEqual(sent("message").map((frame) => frame["text"]), ["Do you ship to Spain?"]);
  assert.equal(await visitor.page.locator(".suggestions").count(), 0);
});

test("labels follow the talk: into Spanish with the bot's answer, and still after a reload", async () => {
  fake.script = () => [{ from: "bot", kind: "text", text: "Los pedidos salen en dos días.", locale: "es" }, { ...FORM, text: "¿Dónde te escribimos?", locale: "es" }];
  const visitor = await Visitor.comes(browser, url);
  await visitor.opens();
  await visitor.isConnected();
  assert.equal(await visitor.box.getAttribute("placeholder"), "Write a message…");

  await visitor.says("¿cuánto tarda el envío?");
  await visitor.reads("Los pedidos salen");

  await visitor.page.locator(".form .primary", { hasText: "Enviar" }).waitFor();
  assert.equal(await visitor.box.getAttribute("placeholder"), "Escribe un mensaje…");
  assert.match(await visitor.page.locator(".form").innerText(), /\(opcional\)/);
  assert.equal(await visitor.bubbles("Los pedidos", "bot").getAttribute("lang"), "es");
  await visitor.page.reload();
  await visitor.opens();
  assert.equal(await visitor.box.getAttribute("placeholder"), "Escribe un mensaje…");
});

test("a site that speaks Spanish has Spanish labels on a page that calls itself English, unless the page names a language for the chat", async () => {
  fake.siteLocale = "es";
  const one = await Visitor.comes(browser, url);
  await one.opens();
  await one.page.locator("textarea[placeholder='Escribe un mensaje…']").waitFor();

  const two = await Visitor.comes(browser, url);
  await two.launcher.waitFor();
  await two.page.evaluate(() => (window as unknown as { sidedoor: { locale(tag: string): void } }).sidedoor.locale("de"));
  await two.opens();
  await two.isConnected();

  assert.equal(await two.box.getAttribute("placeholder"), "Nachricht schreiben…");
});

test("several answers come one after the other, and are there at once for a screen reader", async () => {
  fake.script = () => ["one", "two", "three"].map((text) => ({ from: "bot", kind: "text", text }));
  const visitor = await Visitor.comes(browser, url, { reducedMotion: "no-preference" });
  await visitor.opens();
  await visitor.isConnected();

  await visitor.says("go");
  await visitor.bubbles("three", "bot").waitFor({ state: "attached" });

  assert.equal(await visitor.page.locator(".bubble.bot[data-held]").count(), 2);
  assert.equal(await visitor.page.locator(".log .typing").getAttribute("aria-hidden"), "true");
  await visitor.page.locator(".bubble.bot[data-held]").first().waitFor({ state: "detached" });
  assert.equal(await visitor.page.locator(".log .typing").count(), 0);
});

test("who wants less motion sees all answers at once", async () => {
  fake.script = () => ["one", "two", "three"].map((text) => ({ from: "bot", kind: "text", text }));
  const visitor = await Visitor.comes(browser, url);
  await visitor.opens();
  await visitor.isConnected();

  await visitor.says("go");
  await visitor.bubbles("three", "bot").waitFor({ state: "attached" });

  assert.equal(await visitor.page.locator("[data-held]").count(), 0);
});

test("a conversation that is erased while it is open begins anew: nothing old is shown, no new message sits on an old bubble", async () => {
  const visitor = await Visitor.comes(browser, url);
  await visitor.opens();
  await visitor.says("first");
  await visitor.reads("You said: first");
  await visitor.says("second");
  await visitor.reads("You said: second");
  fake.chat.events.length = 0;
  fake.chat.acks.clear();

  await visitor.says("third");

  await visitor.reads("You said: third");
  await visitor.bubbles("first").first().waitFor({ state: "detached" });
  assert.deepEqual(await visitor.page.locator(".bubble .words").allInnerTexts(), ["Hi! Ask us anything.", "third", "You said: third"]);
});

test("another conversation's events never sit on the bubbles of the one before", async () => {
  const visitor = await Visitor.comes(browser, url);
  await visitor.opens();
  fake.script = () => [CHOICES];
  await visitor.says("one");
  await visitor.reads("Anything else?");
  fake.script = () => [{ from: "staff", name: "Ana", kind: "text", text: "Ana here" }];
  fake.cut();
  fake.chats.clear();

  await visitor.says("two");

  await visitor.reads("Ana here", "staff");
  assert.equal(await visitor.bubbles("Ana here", "bot").count(), 0);
  assert.equal(await visitor.bubbles("one", "visitor").count(), 0);
});

test("one button of the page after the other puts its words into the box, until the visitor writes", async () => {
  const visitor = await Visitor.comes(browser, url, { viewport: { width: 1600, height: 900 } });
  const ask = (n: number) => visitor.page.locator(".product [data-sidedoor-open]").nth(n).click();
  for (let i = 0; i < 4; i++) {
    await ask(i);
    await visitor.panel.waitFor();
    await visitor.page.waitForFunction((words) => {
      const box = document.querySelector("[data-sidedoor]")?.shadowRoot?.querySelector(".composer textarea") as HTMLTextAreaElement | null;
      return box?.value === words;
    }, await visitor.page.locator(".product [data-sidedoor-open]").nth(i).getAttribute("data-sidedoor-open"));
  }
  await visitor.box.fill("my own words");

  await ask(0);

  assert.equal(await visitor.box.inputValue(), "my own words");
});

test("an earlier form closes when another one asks, and what was typed goes along", async () => {
  fake.script = () => [FORM];
  const visitor = await Visitor.comes(browser, url);
  await visitor.opens();
  await visitor.says("one");
  await visitor.page.getByRole("textbox", { name: "Email" }).fill("ana@acme.example");

  await visitor.says("two");
  await visitor.bubbles("Where can we write to you?").nth(1).waitFor();

  assert.equal(await visitor.page.locator(".form").count(), 1);
  assert.equal(await visitor.page.getByRole("textbox", { name: "Email" }).inputValue(), "ana@acme.example");
  await visitor.page.locator(".form .primary").click();
  await visitor.reads("ana@acme.example", "visitor");
  assert.equal(sent("form")[0]?.["seq"], 4);
});

test("each field says whether it may be left empty, and where all may, one is asked for", async () => {
  const either = { name: "contact", fields: [{ name: "email", kind: "email", label: "Email", required: false }, { name: "phone", kind: "phone", label: "Phone", required: false }] };
  fake.script = (text) => (text === "both" ? [{ ...FORM, form: either }] : [FORM]);
  const visitor = await Visitor.comes(browser, url);
  await visitor.opens();
  await visitor.says("one");
  await visitor.page.locator(".form").waitFor();
  assert.deepEqual(await visitor.page.locator(".form label").allInnerTexts(), ["Email", "Name (optional)"]);
  await visitor.page.getByRole("textbox", { name: "Email" }).fill("foo@bar");
  await visitor.page.locator(".form .primary").click();
  await visitor.page.locator(".form .fault", { hasText: "Write the whole address" }).waitFor();

  await visitor.says("both");
  await visitor.page.getByRole("textbox", { name: "Phone" }).waitFor();
  assert.deepEqual(await visitor.page.locator(".form label").allInnerTexts(), ["Email", "Phone"]);
  await visitor.page.getByRole("textbox", { name: "Email" }).fill("");
  await visitor.page.locator(".form .primary").click();

  await visitor.page.locator(".form .fault", { hasText: "Please fill this in" }).waitFor();
  assert.equal(sent("form").length, 0);
});
