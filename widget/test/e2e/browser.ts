//! The browser that the end-to-end tests drive, and a visitor with verbs.

import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Locator, type Page } from "playwright-core";

export const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
const widget = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
/** What the server embeds. */
export const STATIC = join(widget, "..", "static");
const ARTEFACTS = join(widget, "test", "artefacts");

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

export class Visitor {
  readonly errors: string[] = [];
  readonly launcher: Locator;
  readonly panel: Locator;
  readonly box: Locator;
  readonly log: Locator;

  constructor(readonly page: Page, readonly context: BrowserContext) {
    this.launcher = page.locator(".launcher");
    this.panel = page.locator(".panel");
    this.box = page.locator(".composer textarea");
    this.log = page.locator(".log");
    page.on("pageerror", (error) => this.errors.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") this.errors.push(message.text());
    });
  }

  static async comes(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Visitor> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-GB", reducedMotion: "reduce", ...options });
    const visitor = new Visitor(await context.newPage(), context);
    await visitor.page.goto(url);
    return visitor;
  }

  /** Another tab of the same browser. */
  async opensTab(url: string): Promise<Visitor> {
    const visitor = new Visitor(await this.context.newPage(), this.context);
    await visitor.page.goto(url);
    return visitor;
  }

  async opens(): Promise<void> {
    await this.launcher.waitFor();
    // A panel that was open on the page before opens again by itself.
    if ((await this.launcher.getAttribute("aria-expanded")) !== "true") await this.launcher.click();
    await this.panel.waitFor();
  }

  async says(words: string): Promise<void> {
    await this.box.fill(words);
    await this.box.press("Enter");
  }

  bubbles(words: string, from = ""): Locator {
    return this.page.locator(`.bubble${from ? `.${from}` : ""} .words`, { hasText: words });
  }

  async reads(words: string, from = ""): Promise<void> {
    await this.bubbles(words, from).last().waitFor({ timeout: 15_000 });
  }

  /** Scrolls to the top again and again, as more comes, until these words are there. */
  async scrollsUpTo(words: string): Promise<void> {
    await this.page.waitForFunction((wanted) => {
      const log = document.querySelector("[data-sidedoor]")?.shadowRoot?.querySelector("[role=log]");
      if (log) log.scrollTop = 0;
      return [...(log?.querySelectorAll(".bubble .words") ?? [])].some((one) => one.textContent === wanted);
    }, words);
  }

  async isConnected(): Promise<void> {
    await this.page.locator(".subtitle[data-live]").waitFor({ timeout: 20_000 });
  }

  /** All that the page remembers for the widget. */
  stored(): Promise<Record<string, string>> {
    return this.page.evaluate(() => ({ ...localStorage }));
  }

  async shows(name: string): Promise<void> {
    mkdirSync(ARTEFACTS, { recursive: true });
    await this.page.screenshot({ path: join(ARTEFACTS, `${name}.png`) });
  }

  leaves(): Promise<void> {
    return this.context.close();
  }
}
