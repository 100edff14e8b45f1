//! How it looks: pictures of every state for a person to see (test/artefacts), and what a program can say of them.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { FakeServer } from "../fake-server/server.js";
import { launch, STATIC, Visitor } from "./browser.js";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let browser: Browser;
before(async () => { browser = await launch(); });
after(async () => { await browser.close(); });

const WORDS = {
  en: {
    greeting: "Hi! Ask us anything.", question: "Do you ship to Lisbon? It’s for a birthday on Friday",
    answer: "Yes! Orders to Portugal leave within two days and arrive within a week: https://tidewater.example/shipping",
    more: "Anything else?", options: ["Track my order", "Prices", "Talk to a person"], notice: "Instagram messages are down. We answer here.",
    waiting: "We have passed this on to our team.", form: "Where can we write to you?", email: "Email", name: "Name", consent: "I agree to be contacted about my question.",
    staff: "I’ve put one aside for you. Shall I send it by express?", closed: "This conversation is closed.",
  },
  ar: {
    greeting: "مرحبًا! اسألنا ما تشاء.", question: "هل تشحنون إلى دبي؟ إنها لعيد ميلاد يوم الجمعة",
    answer: "نعم! تغادر الطلبات خلال يومين وتصل خلال أسبوع: https://tidewater.example/shipping",
    more: "هل من شيء آخر؟", options: ["تتبّع طلبي", "الأسعار", "التحدث إلى شخص"], notice: "رسائل إنستغرام معطّلة. نجيبك هنا.",
    waiting: "أحلنا محادثتك إلى فريقنا.", form: "أين يمكننا مراسلتك؟", email: "البريد الإلكتروني", name: "الاسم", consent: "أوافق على التواصل معي بشأن سؤالي.",
    staff: "وضعت لك واحدة جانبًا. هل أرسلها بالبريد السريع؟", closed: "انتهت المحادثة.",
  },
} as const;

for (const [width, height] of [[1440, 900], [768, 1024], [360, 740]] as const) {
  for (const colorScheme of ["light", "dark"] as const) {
    for (const language of ["en", "ar"] as const) {
      test(`${width} px, ${colorScheme}, ${language}: everything is inside, nothing is cut off`, async () => {
        const words = WORDS[language];
        const fake = new FakeServer({ files: STATIC });
        fake.greeting = words.greeting;
        fake.script = () => [{ from: "bot", kind: "text", text: words.answer }, { from: "bot", kind: "choices", text: words.more, options: words.options.map((label, i) => ({ label, value: String(i) })) }];
        const visitor = await Visitor.comes(browser, await fake.listen(), { viewport: { width, height }, colorScheme });
        const fits = async (state: string) => {
          await visitor.shows(`${width}-${colorScheme}-${language}-${state}`);
          const faults = await visitor.panel.evaluate((panel) => {
            const outer = panel.getBoundingClientRect();
            const found: string[] = [];
            if (outer.left < 0 || outer.top < 0 || outer.right > innerWidth || outer.bottom > innerHeight) found.push("the panel is outside the window");
            for (const element of panel.querySelectorAll<HTMLElement>("*")) {
              if (!element.offsetParent || element.closest(".hidden-text")) continue;
              const box = element.getBoundingClientRect();
              if (box.left < outer.left - 0.5 || box.right > outer.right + 0.5) found.push(`${element.className || element.tagName} is outside the panel`);
              if (element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0 && getComputedStyle(element).display !== "inline") found.push(`${element.className || element.tagName} is cut off`);
            }
            return found;
          });
          assert.deepEqual(faults, [], state);
        };
        await visitor.launcher.waitFor();
        await visitor.page.evaluate((tag) => (window as unknown as { sidedoor: { locale(tag: string): void } }).sidedoor.locale(tag), language);
        await visitor.opens();
        await visitor.isConnected();
        await visitor.reads(words.greeting);
        await fits("empty");
        await visitor.says(words.question);
        await visitor.reads(words.more);
        await fits("chat");
        fake.push(fake.chat, { type: "notice", notice: { text: words.notice, since: "2026-11-23T09:00:00Z" } });
        fake.say(fake.chat, { from: "system", kind: "state", state: "waiting", text: words.waiting });
        fake.say(fake.chat, { from: "bot", kind: "form", text: words.form, form: { name: "contact", fields: [{ name: "email", kind: "email", label: words.email, required: true }, { name: "name", kind: "name", label: words.name, required: false }], consent: words.consent } });
        await visitor.page.locator(".form button").click();
        await fits("form");
        fake.say(fake.chat, { from: "staff", name: "Ana", kind: "text", text: words.staff });
        fake.say(fake.chat, { from: "system", kind: "state", state: "closed", text: words.closed });
        await visitor.page.locator(".rating input").nth(3).check({ force: true });
        await fits("end");
        assert.deepEqual(visitor.errors, []);
        await visitor.leaves();
        await fake.close();
      });
    }
  }
}

const FORM = {
  from: "bot", kind: "form", text: "Where can we write to you?",
  form: { name: "contact", fields: [{ name: "email", kind: "email", label: "Email", required: true }, { name: "name", kind: "name", label: "Name", required: false }], consent: "I agree." },
};

/** The contrast of two colours as they are painted, by a canvas that turns any of CSS's into bytes. */
const CONTRAST = `(a, b) => {
  const context = new OffscreenCanvas(1, 1).getContext("2d");
  const luminance = (colour) => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...context.getImageData(0, 0, 1, 1).data].map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [dark, light] = [luminance(a), luminance(b)].sort((one, other) => one - other);
  return (light + 0.05) / (dark + 0.05);
}`;

for (const accent of ["#1f5c57", "#111111", "#0000ff", "#c2410c", "#4b0082", "#ffd166"]) {
  test(`on dark, the launcher, the visitor's bubbles and Send stand out, and their words can be read: ${accent}`, async () => {
    const fake = new FakeServer({ files: STATIC });
    const visitor = await Visitor.comes(browser, await fake.listen(), { colorScheme: "dark" });
    await visitor.page.evaluate((value) => document.documentElement.style.setProperty("--sidedoor-accent", value), accent);
    await visitor.opens();
    await visitor.says("hi");
    await visitor.reads("You said: hi");
    await visitor.box.fill("more");

    const found = await visitor.page.evaluate(`(() => {
      const contrast = ${CONTRAST};
      const root = document.querySelector("[data-sidedoor]").shadowRoot;
      const ground = getComputedStyle(root.querySelector(".panel")).backgroundColor;
      return [".launcher", ".bubble.visitor .words", ".send", ".mark"].map((selector) => {
        const { backgroundColor, color } = getComputedStyle(root.querySelector(selector));
        return [selector, contrast(backgroundColor, ground), contrast(backgroundColor, color)];
      });
    })()`) as [string, number, number][];

    for (const [selector, ground, words] of found) assert.ok(ground >= 3 && words >= 4.5, `${selector}: ${ground} on the ground, its words ${words}`);
    await visitor.leaves();
    await fake.close();
  });
}

test("for a finger every target has 44 px", async () => {
  const fake = new FakeServer({ files: STATIC });
  fake.suggestions = [{ label: "A", value: "a" }, { label: "B", text: "b" }];
  fake.script = () => [FORM];
  const visitor = await Visitor.comes(browser, await fake.listen(), { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  const small = () => visitor.panel.evaluate((panel) => [...panel.querySelectorAll<HTMLElement>("button, a, textarea, input:not([type=checkbox], [type=radio]), .consent, .stars label")]
    .filter((target) => target.offsetParent && !target.closest(".words"))
    .map((target) => ({ name: target.className || target.tagName, box: target.getBoundingClientRect() }))
    .filter(({ box }) => box.width < 44 || box.height < 44).map(({ name, box }) => `${name} ${box.width} × ${box.height}`));
  await visitor.opens();
  await visitor.page.locator(".suggestions").waitFor();
  assert.deepEqual(await small(), []);
  await visitor.says("hi");
  await visitor.page.locator(".form").waitFor();
  assert.deepEqual(await small(), []);
  fake.say(fake.chat, { from: "system", kind: "state", state: "closed", text: "Closed." });
  await visitor.page.locator(".stars").waitFor();
  assert.deepEqual(await small(), []);
  await visitor.leaves();
  await fake.close();
});

for (const [width, height] of [[640, 360], [1280, 400], [390, 500]] as const) {
  test(`the conversation keeps half of the height, whatever stands around it: ${width} × ${height}`, async () => {
    const fake = new FakeServer({ files: STATIC });
    const visitor = await Visitor.comes(browser, await fake.listen(), { viewport: { width, height } });
    const share = () => visitor.panel.evaluate((panel) => panel.querySelector(".log-frame")!.getBoundingClientRect().height / panel.getBoundingClientRect().height);
    await visitor.opens();
    await visitor.says("hi");
    await visitor.reads("You said: hi");
    fake.push(fake.chat, { type: "notice", notice: { text: "Instagram messages are down. We answer here.", since: "2026-11-23T09:00:00Z" } });
    fake.say(fake.chat, { from: "system", kind: "state", state: "waiting", text: "We have passed this on." });
    await visitor.page.locator(".email").waitFor();
    assert.ok(await share() >= 0.5, `while waiting: ${await share()}`);

    fake.say(fake.chat, { from: "system", kind: "state", state: "closed", text: "Closed." });
    await visitor.page.locator(".rating").waitFor();

    assert.ok(await share() >= 0.5, `with the rating: ${await share()}`);
    await visitor.leaves();
    await fake.close();
  });
}

test("what tells of new messages covers nothing of a form", async () => {
  const fake = new FakeServer({ files: STATIC });
  fake.script = () => [...Array.from({ length: 12 }, (_, i) => ({ from: "bot", kind: "text", text: `line ${i}` })), FORM];
  const visitor = await Visitor.comes(browser, await fake.listen(), { viewport: { width: 390, height: 700 } });
  await visitor.opens();
  await visitor.says("hi");
  await visitor.page.locator(".form").waitFor();
  await visitor.log.evaluate((log) => { log.scrollTop -= 120; });
  await visitor.page.waitForTimeout(100);

  fake.say(fake.chat, { from: "staff", name: "Ana", kind: "text", text: "new" });
  await visitor.page.locator(".jump").waitFor();

  const [jump, log] = [await visitor.page.locator(".jump").boundingBox(), await visitor.log.boundingBox()];
  assert.ok(jump && log && jump.y >= log.y + log.height, `${JSON.stringify(jump)} over ${JSON.stringify(log)}`);
  await visitor.leaves();
  await fake.close();
});

for (const [width, colorScheme] of [[1440, "light"], [768, "dark"], [360, "light"], [320, "dark"]] as const) {
  test(`the demo page is clean and fits: ${width} px, ${colorScheme}`, async () => {
    const fake = new FakeServer({ files: STATIC });
    const visitor = await Visitor.comes(browser, await fake.listen(), { viewport: { width, height: 800 }, colorScheme });
    await visitor.page.locator("#try").click();
    await visitor.shows(`demo-${width}-${colorScheme}`);
    await visitor.page.evaluate(axe);

    const violations = await visitor.page.evaluate(async () => {
      const run = (window as unknown as { axe: { run(options: object): Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }> } }).axe;
      return (await run.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] })).violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html + node.failureSummary).join(" | ")}`);
    });

    assert.deepEqual(violations, []);
    assert.equal(await visitor.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
    await visitor.leaves();
    await fake.close();
  });
}

test("the demo page's knobs change the chat and the line to copy together", async () => {
  const fake = new FakeServer({ files: STATIC });
  const visitor = await Visitor.comes(browser, await fake.listen());
  await visitor.launcher.waitFor();
  await visitor.page.getByRole("radio", { name: "Honey" }).check({ force: true });
  await visitor.page.getByLabel("Side").selectOption("left");
  await visitor.page.getByLabel("Language").selectOption("es");
  await visitor.page.getByLabel("Words on the button").fill("¿Dudas?");

  assert.equal(await visitor.launcher.innerText(), "¿Dudas?");
  assert.equal((await visitor.launcher.boundingBox())?.x, 20);
  assert.equal(await visitor.launcher.evaluate((launcher) => getComputedStyle(launcher).backgroundColor), "rgb(255, 209, 102)");
  const line = await visitor.page.locator("#snippet").innerText();
  assert.match(line, /^<script async src="http:[^"]+\/widget\.js" data-site="demo" data-accent="#ffd166" data-position="left" data-locale="es" data-label="¿Dudas\?"><\/script>$/);
  await visitor.leaves();
  await fake.close();
});
