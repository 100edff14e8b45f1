//! Staff answer, in a real browser against the real server: from the mail's link to the visitor's bubble.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { gzipSync } from "node:zlib";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { launch, Visitor } from "./browser.js";
import { RealServer } from "./server.js";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let browser: Browser;
let server: RealServer;
let shop: string;
before(async () => { browser = await launch(); });
after(async () => { await browser.close(); });
beforeEach(async () => {
  server = new RealServer();
  await server.prepare([]);
  await server.start();
  shop = `http://127.0.0.1:${server.port}/`;
});
afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
  await server.remove();
});

/** The link and the code that the newest mail holds. */
async function mailed(): Promise<{ link: string; code: string }> {
  for (;;) {
    const mail = server.mails().at(-1)?.replace(/=\r?\n/g, "").replace(/=3D/g, "=") ?? "";
    const link = /http:\/\/\S+\/r#[\w-]{56}/.exec(mail)?.[0];
    const code = /\b[2-9A-Z]{4}-[2-9A-Z]{4}\b/.exec(mail.slice(mail.indexOf("/r and") > 0 ? mail.indexOf("/r and") : 0))?.[0];
    if (link && code) return { link, code };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function asks(): Promise<Visitor> {
  const visitor = await Visitor.comes(browser, shop);
  await visitor.opens();
  await visitor.says("I want to talk to a human");
  await visitor.reads("I want to talk to a human", "visitor");
  return visitor;
}

const faults = new Map<Page, string[]>();
async function opens(url: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 390, height: 780 }, reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  const found: string[] = [];
  faults.set(page, found);
  page.on("pageerror", (error) => found.push(String(error)));
  page.on("console", (message) => { if (message.type() === "error") found.push(message.text()); });
  page.on("dialog", (dialog) => { found.push(`dialog: ${dialog.message()}`); void dialog.dismiss(); });
  await page.goto(url);
  return page;
}

async function violations(page: Page): Promise<string[]> {
  // Our own policy forbids to run text; the test's own tool may.
  await page.context().newCDPSession(page).then((session) => session.send("Page.setBypassCSP", { enabled: true }));
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const run = (window as unknown as { axe: { run(options: object): Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }> } }).axe;
    const result = await run.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] });
    return result.violations.map((violation) => `${violation.id}: ${violation.nodes.map((node) => `${node.html} ${node.failureSummary}`).join(" | ")}`);
  });
}

test("visitor asks, mail, link, answer, bubble; and live both ways", async () => {
  const visitor = await asks();
  const page = await opens((await mailed()).link);
  assert.equal(new URL(page.url()).hash, "", "the token is gone from the address");
  await page.screenshot({ path: "test/artefacts/staff-door.png" });
  await page.getByRole("button", { name: "Open the conversation" }).click();
  await page.waitForURL(/\/staff\/c\//);
  await page.locator(".line.visitor", { hasText: "I want to talk to a human" }).waitFor();
  await page.locator("#reply").fill("Hi, I am here.");
  await page.getByRole("button", { name: "Send" }).click();
  await visitor.reads("Hi, I am here.", "staff");
  await visitor.says("<img src=x onerror=alert(1)> thanks");
  await page.locator(".line.visitor", { hasText: "<img src=x onerror=alert(1)> thanks" }).waitFor();
  await page.getByText("Note for the team").click();
  await page.locator("#note").fill("seems nice");
  await page.getByRole("button", { name: "Keep the note" }).click();
  await page.locator(".line.note", { hasText: "seems nice" }).waitFor();
  await page.screenshot({ path: "test/artefacts/staff-phone.png", fullPage: true });
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.screenshot({ path: "test/artefacts/staff-wide.png" });
  await page.emulateMedia({ colorScheme: "dark" });
  await page.screenshot({ path: "test/artefacts/staff-dark.png" });
  assert.equal(await visitor.bubbles("seems nice").count(), 0);
  assert.deepEqual(faults.get(page), []);
});

test("a fragment that became a part of the path opens the same, and a scanner that runs scripts changes nothing", async () => {
  await asks();
  const { link } = await mailed();
  const scanner = await opens(link.replace("#", "%23"));
  await scanner.waitForLoadState("networkidle");
  assert.equal((await scanner.context().cookies()).length, 0);
  const page = await opens(link.replace("#", "%23"));
  await page.getByRole("button", { name: "Open the conversation" }).click();
  await page.waitForURL(/\/staff\/c\//);
});

test("two who answer at once: the second sees what the first wrote, and sends anyway", async () => {
  const visitor = await asks();
  const { link } = await mailed();
  const pages = [await opens(link), await opens(link)] as const;
  for (const page of pages) {
    await page.getByRole("button", { name: "Open the conversation" }).click();
    await page.locator("#reply").fill("x");
  }
  const [one, two] = pages;
  // The second page hears nothing meanwhile, as on a train.
  await two.context().setOffline(true);
  await one.locator("#reply").fill("I am on it.");
  await one.getByRole("button", { name: "Send" }).click();
  await visitor.reads("I am on it.", "staff");
  await two.locator("#reply").fill("Me too.");
  await two.getByRole("button", { name: "Send" }).click();
  assert.equal(await two.locator("#reply").inputValue(), "Me too.", "a draft is never lost");
  assert.equal(await visitor.bubbles("Me too.").count(), 0);
});

test("axe finds nothing, in light and dark, and a page weighs no more than 20 KB", async () => {
  await asks();
  const { link } = await mailed();
  for (const colorScheme of ["light", "dark"] as const) {
    const page = await opens(link, { colorScheme });
    assert.deepEqual(await violations(page), []);
    await page.goto(link);
    const bodies: Buffer[] = [];
    page.on("response", (response) => { void response.body().then((body) => bodies.push(body)).catch(() => undefined); });
    await page.getByRole("button", { name: "Open the conversation" }).click();
    await page.waitForURL(/\/staff\/c\//);
    await page.locator(".line.visitor").first().waitFor();
    const weight = bodies.reduce((sum, body) => sum + gzipSync(body, { level: 9 }).length, 0);
    assert.ok(weight <= 20_000, `${weight} bytes`);
    assert.deepEqual(await violations(page), []);
  }
});
