//! Whatever the network does: nothing is lost, nothing is doubled, and the visitor is told.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import type { Browser } from "playwright-core";
import { FakeServer } from "../fake-server/server.js";
import { Proxy } from "../proxy/proxy.js";
import { launch, STATIC, Visitor } from "./browser.js";

let browser: Browser;
let fake: FakeServer;
let proxy: Proxy;
let url: string;
before(async () => { browser = await launch(); });
after(async () => { await browser.close(); });
beforeEach(async () => {
  fake = new FakeServer({ files: STATIC });
  await fake.listen();
  proxy = new Proxy(fake.port);
  url = await proxy.listen();
});
afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
  await proxy.close();
  await fake.close();
});

test("the draft survives a reload", async () => {
  const visitor = await Visitor.comes(browser, url);
  await visitor.opens();
  await visitor.isConnected();
  await visitor.box.fill("half a question");

  await visitor.page.reload();

  await visitor.opens();
  assert.equal(await visitor.box.inputValue(), "half a question");
});

test("a message is stored before it is sent, and leaves the outbox with its ack", async () => {
  const visitor = await Visitor.comes(browser, url);
  await visitor.opens();
  await visitor.isConnected();
  proxy.deaf = true;

  await visitor.says("are you there?");

  await visitor.page.locator('.bubble.visitor[data-delivery="sending"]').waitFor();
  const outbox = async () => (JSON.parse((await visitor.stored())["sidedoor:demo"] ?? "{}") as { outbox: unknown[] }).outbox;
  assert.equal((await outbox()).length, 1);
  proxy.cut();
  proxy.deaf = false;
  await visitor.page.locator('.bubble.visitor[data-delivery="sent"]').waitFor({ timeout: 15_000 });
  assert.equal((await outbox()).length, 0);
  assert.equal(await visitor.bubbles("are you there?", "visitor").count(), 1);
  await visitor.reads("You said: are you there?");
  assert.equal(fake.chat.events.length, 2);
});

test("a message written and not sent goes out after a reload", async () => {
  const visitor = await Visitor.comes(browser, url);
  await visitor.opens();
  await visitor.isConnected();
  await visitor.says("one");
  await visitor.reads("You said: one");
  fake.unavailable = 1000;
  await visitor.says("two");
  await visitor.page.locator('.bubble.visitor[data-delivery="sending"]').waitFor();

  await visitor.page.goto("about:blank");
  fake.unavailable = 0;
  await visitor.page.goto(url);

  await visitor.reads("You said: two");
  assert.equal(await visitor.bubbles("two", "visitor").count(), 1);
});

test("behind a proxy that eats upgrades the stream takes over within seconds, and the next page begins with it", async () => {
  proxy.eatUpgrades = true;
  const visitor = await Visitor.comes(browser, url);
  const begun = Date.now();
  await visitor.opens();
  await visitor.isConnected();
  assert.ok(Date.now() - begun < 6000);
  await visitor.says("through the stream");
  await visitor.reads("You said: through the stream");
  fake.push(fake.chat, { type: "typing", from: "staff", name: "Ana" });
  await visitor.page.locator(".typing").waitFor();
  assert.equal(await visitor.bubbles("through the stream", "visitor").count(), 1);

  await visitor.page.reload();
  const again = Date.now();
  await visitor.opens();
  await visitor.isConnected();

  assert.ok(Date.now() - again < 2500);
  await visitor.says("again");
  await visitor.reads("You said: again");
});

test("over the stream, older messages come too", async () => {
  fake.refuseUpgrades = true;
  const visitor = await Visitor.comes(browser, url);
  await visitor.opens();
  await visitor.says("first");
  await visitor.reads("You said: first");
  for (let i = 0; i < 230; i++) fake.chat.events.push({ type: "event", seq: fake.chat.events.length + 1, at: new Date().toISOString(), from: "bot", kind: "text", text: `old message ${i}` });
  await visitor.page.reload();
  await visitor.opens();
  await visitor.reads("old message 229");

  await visitor.scrollsUpTo("first");
  await visitor.reads("first", "visitor");
});

test("older messages that were asked for on a connection that broke come with the next one", async () => {
  const visitor = await Visitor.comes(browser, url);
  await visitor.opens();
  await visitor.says("first");
  await visitor.reads("You said: first");
  for (let i = 0; i < 230; i++) fake.chat.events.push({ type: "event", seq: fake.chat.events.length + 1, at: new Date().toISOString(), from: "bot", kind: "text", text: `old message ${i}` });
  fake.loseHistory = true;
  await visitor.page.reload();
  await visitor.opens();
  await visitor.reads("old message 229");
  await visitor.scrollsUpTo("old message 30");
  await visitor.log.evaluate((log) => { log.scrollTop = 0; });
  for (let frame = 0; frame < 600 && !fake.chat.frames.some((one) => one.type === "history"); frame++) await visitor.page.evaluate(() => new Promise(requestAnimationFrame));

  fake.loseHistory = false;
  proxy.cut();

  await visitor.bubbles("first", "visitor").waitFor({ state: "attached" });
});

test("when the server cannot be reached the panel says so, keeps the words, and offers the other lines with them", async () => {
  const visitor = await Visitor.comes(browser, url);
  await visitor.opens();
  await visitor.isConnected();
  proxy.refuse = true;
  proxy.cut();

  await visitor.says("is the vase in stock?");

  await visitor.page.locator(".down", { hasText: "We can’t be reached here right now" }).waitFor({ timeout: 15_000 });
  await visitor.box.fill("and in blue?");
  const lines = await visitor.page.locator(".down .line").evaluateAll((anchors) => anchors.map((anchor) => [anchor.textContent, anchor.getAttribute("href")]));
  const words = encodeURIComponent("is the vase in stock?\nand in blue?");
  assert.deepEqual(lines, [
    ["Email", `mailto:hi@tidewater.example?body=${words}`],
    ["SMS", `sms:+15551234567?body=${words}`],
    ["WhatsApp", `https://wa.me/15551234567?text=${words}`],
  ]);
  await visitor.page.locator('.bubble.visitor[data-delivery="retrying"]').waitFor();
  await visitor.shows("unreachable");
  proxy.refuse = false;
  await visitor.page.evaluate(() => dispatchEvent(new Event("online")));
  await visitor.reads("You said: is the vase in stock?");
  assert.equal(await visitor.box.inputValue(), "and in blue?");
  assert.equal(await visitor.page.locator(".down").isVisible(), false);
});

test("when not even the panel can be loaded the launcher offers the lines, and recovers", async () => {
  const visitor = await Visitor.comes(browser, url);
  await visitor.launcher.waitFor();
  proxy.refuse = true;
  proxy.cut();

  await visitor.launcher.click();

  await visitor.page.locator(".fallback", { hasText: "Chat: offline" }).waitFor();
  assert.deepEqual(await visitor.page.locator(".fallback .line").allInnerTexts(), ["Email", "SMS", "WhatsApp"]);
  await visitor.shows("fallback");
  proxy.refuse = false;
  await visitor.launcher.click();
  await visitor.page.locator(".fallback").waitFor({ state: "detached" });
  await visitor.launcher.click();
  await visitor.isConnected();
});

test("after sleep a socket that died without a word is noticed within seconds", async () => {
  const visitor = await Visitor.comes(browser, url);
  await visitor.opens();
  await visitor.says("before");
  await visitor.reads("You said: before");
  // The connection stands, but nothing comes through any more; then the network is well again.
  proxy.deaf = true;
  fake.say(fake.chat, { from: "staff", name: "Ana", kind: "text", text: "said while you slept" });
  await visitor.page.waitForTimeout(100);
  await visitor.page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await visitor.page.waitForTimeout(100);
  setTimeout(() => { proxy.deaf = false; }, 2600);

  await visitor.reads("said while you slept", "staff");

  assert.equal(await visitor.bubbles("said while you slept").count(), 1);
});

test("from the back/forward cache the conversation goes on", async () => {
  const visitor = await Visitor.comes(browser, url);
  await visitor.opens();
  await visitor.says("before");
  await visitor.reads("You said: before");
  await visitor.page.evaluate(() => { dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true })); });
  await visitor.page.waitForFunction(() => (window as unknown as { sidedoor: { state: string } }).sidedoor.state === "ready");
  fake.say(fake.chat, { from: "staff", name: "Ana", kind: "text", text: "while you were away" });

  await visitor.page.evaluate(() => { dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })); });

  await visitor.reads("while you were away", "staff");
  assert.equal(fake.chat.hellos.at(-1)?.["after"], 2);
});

test("two tabs agree: one conversation, each message once in both, read in one is read in the other", async () => {
  const first = await Visitor.comes(browser, url);
  await first.opens();
  await first.says("from the first tab");
  await first.reads("You said: from the first tab");
  const second = await first.opensTab(url);
  await second.page.evaluate(() => (window as unknown as { sidedoor: { open(): void } }).sidedoor.open());
  await second.reads("You said: from the first tab");

  await second.says("from the second tab");
  await first.reads("You said: from the second tab");
  await second.reads("You said: from the second tab");

  for (const tab of [first, second]) {
    assert.equal(await tab.bubbles("from the second tab", "visitor").count(), 1);
    assert.equal(await tab.bubbles("from the first tab", "visitor").count(), 1);
  }
  assert.equal([...fake.chats.values()].filter((chat) => chat.events.length > 0).length, 1);
  await first.launcher.click();
  fake.say(fake.chat, { from: "staff", name: "Ana", kind: "text", text: "hello both" });
  await second.page.bringToFront();
  await second.reads("hello both");
  await first.page.locator(".launcher b").waitFor({ state: "hidden" });
});

test("two tabs that were open before either wrote share one conversation", async () => {
  const first = await Visitor.comes(browser, url);
  await first.page.evaluate(() => (window as unknown as { sidedoor: { open(): void } }).sidedoor.open());
  await first.isConnected();
  const second = await first.opensTab(url);
  await second.page.evaluate(() => (window as unknown as { sidedoor: { open(): void } }).sidedoor.open());
  await second.isConnected();

  await first.says("from the first");
  await first.reads("You said: from the first");
  await second.reads("You said: from the first");
  await second.says("from the second");

  await first.reads("You said: from the second");
  assert.equal([...fake.chats.values()].filter((chat) => chat.events.length > 0).length, 1);
});

test("a slow and breaking network shows each message exactly once, in order", async () => {
  proxy.delay = 60;
  const visitor = await Visitor.comes(browser, url);
  await visitor.opens();
  await visitor.isConnected();
  const words = Array.from({ length: 12 }, (_, i) => `message number ${i};`);
  const cutting = setInterval(() => proxy.cut(), 450);

  for (const one of words) {
    await visitor.says(one);
    await visitor.page.waitForTimeout(120);
  }
  await visitor.page.waitForTimeout(1500);
  clearInterval(cutting);
  proxy.delay = 0;
  await visitor.page.evaluate(() => dispatchEvent(new Event("online")));
  await visitor.reads(`You said: ${words.at(-1) ?? ""}`);

  await visitor.page.waitForFunction(() => !document.querySelector("[data-sidedoor]")?.shadowRoot?.querySelector('.bubble.visitor:not([data-delivery="sent"])'));
  assert.deepEqual(await visitor.page.locator(".bubble.visitor .words").allInnerTexts(), words);
  assert.deepEqual(fake.chat.events.filter((event) => event["from"] === "visitor").map((event) => event["text"]), words);
});

test("a page whose origin is refused says so once, and offers the lines", async () => {
  fake.refuseHello = true;
  const visitor = await Visitor.comes(browser, url);
  await visitor.opens();

  await visitor.page.locator(".down .line").first().waitFor();

  assert.equal(visitor.errors.filter((error) => error.startsWith("sidedoor:")).length, 1);
});

test("the first answer is there within 60 ms of sending", async () => {
  const visitor = await Visitor.comes(browser, `http://127.0.0.1:${fake.port}`);
  await visitor.opens();
  await visitor.says("warm");
  await visitor.reads("You said: warm");

  const times: number[] = [];
  for (let i = 0; i < 15; i++) {
    times.push(await visitor.page.evaluate((words) => new Promise<number>((resolve) => {
      const root = document.querySelector("[data-sidedoor]")?.shadowRoot;
      const box = root?.querySelector<HTMLTextAreaElement>(".composer textarea");
      const log = root?.querySelector(".log");
      if (!box || !log) return;
      box.value = words;
      box.dispatchEvent(new Event("input"));
      const start = performance.now();
      const observer = new MutationObserver(() => {
        if (!log.textContent?.includes(`You said: ${words}`)) return;
        observer.disconnect();
        requestAnimationFrame(() => resolve(performance.now() - start));
      });
      observer.observe(log, { childList: true, subtree: true });
      box.form?.requestSubmit();
    }), `question ${i}!`));
  }
  times.sort((a, b) => a - b);

  console.log(`from send to answer drawn: median ${times[7]?.toFixed(1)} ms, worst of 15 ${times.at(-1)?.toFixed(1)} ms`);
  assert.ok((times[7] ?? 999) <= 60);
});

test("with a server that does not even say no, a press is felt at once and the lines are offered", async () => {
  const visitor = await Visitor.comes(browser, url);
  await visitor.launcher.waitFor();
  await visitor.page.route(/\/widget\/panel-/, () => undefined);

  const felt = await visitor.launcher.evaluate((launcher) => new Promise<number>((resolve) => {
    const since = performance.now();
    const look = () => { if (launcher.ariaBusy === "true") resolve(performance.now() - since); else requestAnimationFrame(look); };
    (launcher as HTMLElement).click();
    look();
  }));

  assert.ok(felt < 300, `${felt} ms`);
  await visitor.page.locator(".fallback", { hasText: "Chat: offline" }).waitFor();
  assert.equal(await visitor.launcher.getAttribute("aria-busy"), null);
});
