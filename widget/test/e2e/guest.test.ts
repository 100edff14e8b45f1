//! How the widget behaves as a guest in somebody's page.

import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { FakeServer, type FakeOptions } from "../fake-server/server.js";
import { launch, STATIC, Visitor } from "./browser.js";

let browser: Browser;
let fake: FakeServer;
before(async () => { browser = await launch(); });
after(async () => { await browser.close(); });
afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
  await fake.close();
});

const TAG = '<script async src="/widget.js" data-site="demo"></script>';
const page = (body: string, head = "") => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Shop</title>${head}</head><body><h1>Shop</h1>${body}</body></html>`;

async function serve(html: string, options: Partial<FakeOptions> = {}): Promise<string> {
  fake = new FakeServer({ files: STATIC, pages: new Map([["/page", html], ["/other", page(TAG)]]), ...options });
  return `${await fake.listen()}/page`;
}
type Call = (...values: unknown[]) => unknown;

test("the tag twice makes one widget", async () => {
  const visitor = await Visitor.comes(browser, await serve(page(`${TAG}<p>text</p>${TAG}`)));
  await visitor.launcher.waitFor();
  await visitor.page.waitForLoadState("networkidle");

  assert.equal(await visitor.page.locator("[data-sidedoor]").count(), 1);
  assert.deepEqual(visitor.errors, []);
});

for (const [name, stub] of [
  ["Intercom's", "window.sidedoor=window.sidedoor||function(){(window.sidedoor.q=window.sidedoor.q||[]).push(arguments)};sidedoor('nonsense');sidedoor('on','open',function(){window.opened=1});sidedoor('open','prefilled')"],
  ["Crisp's", "window.sidedoor=window.sidedoor||[];sidedoor.push(['nonsense']);sidedoor.push(['on','open',function(){window.opened=1}]);sidedoor.push(['open','prefilled'])"],
] as const) {
  test(`calls made before the script has come are made when it has, in ${name} manner`, async () => {
    const visitor = await Visitor.comes(browser, await serve(page(`<script>${stub}</script>${TAG}`)));

    await visitor.panel.waitFor();

    assert.equal(await visitor.box.inputValue(), "prefilled");
    assert.equal(await visitor.page.evaluate(() => (window as unknown as { opened: number }).opened), 1);
  });
}

test("nothing but the launcher is loaded before intent, from nobody else, and nothing moves", async () => {
  const visitor = await Visitor.comes(browser, await serve(page(TAG)));
  await visitor.page.evaluate(() => {
    Object.assign(window, { shift: 0 });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) (window as unknown as { shift: number }).shift += (entry as unknown as { value: number }).value;
    }).observe({ type: "layout-shift", buffered: true });
  });
  const asked: string[] = [];
  visitor.page.on("request", (request) => asked.push(request.url()));
  await visitor.launcher.waitFor();
  await visitor.page.waitForTimeout(2500);
  assert.deepEqual(fake.requests.filter((path) => path !== "/favicon.ico"), ["/page", "/widget.js"]);

  await visitor.launcher.hover();
  await visitor.page.waitForFunction(() => performance.getEntriesByType("resource").some((entry) => entry.name.includes("/widget/panel-")));
  await visitor.opens();
  await visitor.isConnected();

  const origin = new URL(visitor.page.url()).origin;
  assert.deepEqual(asked.filter((one) => new URL(one).origin !== origin), []);
  assert.equal(await visitor.page.evaluate(() => (window as unknown as { shift: number }).shift), 0);
});

test("nothing is stored before the visitor acts, one key afterwards, and never a cookie", async () => {
  const visitor = await Visitor.comes(browser, await serve(page(`<div id="x"></div>${TAG}`)));
  await visitor.launcher.waitFor();
  await visitor.launcher.hover();
  await visitor.page.waitForTimeout(300);
  assert.deepEqual(await visitor.stored(), {});
  await visitor.page.evaluate(() => (window as unknown as { sidedoor: Call }).sidedoor("open"));
  await visitor.isConnected();
  assert.deepEqual(await visitor.stored(), {});

  await visitor.says("hello");
  await visitor.reads("You said: hello");

  assert.deepEqual(Object.keys(await visitor.stored()), ["sidedoor:demo"]);
  assert.deepEqual(await visitor.context.cookies(), []);
  assert.equal(await visitor.page.evaluate(() => sessionStorage.length), 0);
});

test("data-consent keeps everything in memory until consent is given, and forgets when it is taken back", async () => {
  const visitor = await Visitor.comes(browser, await serve(page(TAG.replace("data-site", 'data-consent="required" data-site'))));
  await visitor.opens();
  await visitor.says("hello");
  await visitor.reads("You said: hello");
  assert.deepEqual(await visitor.stored(), {});

  await visitor.page.evaluate(() => (window as unknown as { sidedoor: Call }).sidedoor("consent", true));
  assert.match((await visitor.stored())["sidedoor:demo"] ?? "", /token/);
  await visitor.page.evaluate(() => (window as unknown as { sidedoor: Call }).sidedoor("consent", false));

  assert.deepEqual(await visitor.stored(), {});
});

test("consent alone stores nothing: the visitor has to act as well", async () => {
  const visitor = await Visitor.comes(browser, await serve(page(TAG.replace("data-site", 'data-consent="required" data-site'))));
  await visitor.launcher.waitFor();
  await visitor.page.evaluate(() => (window as unknown as { sidedoor: Call }).sidedoor("consent", true));
  await visitor.launcher.hover();
  await visitor.panel.waitFor({ state: "attached" });
  assert.deepEqual(await visitor.stored(), {});

  await visitor.opens();
  await visitor.says("hello");
  await visitor.reads("You said: hello");

  assert.match((await visitor.stored())["sidedoor:demo"] ?? "", /token/);
});

test("where storage is blocked the chat works from memory", async () => {
  const url = await serve(page(TAG));
  const context = await browser.newContext();
  await context.addInitScript(() => {
    Object.defineProperty(window, "localStorage", { get() { throw new DOMException("blocked", "SecurityError"); } });
  });
  const visitor = new Visitor(await context.newPage(), context);
  await visitor.page.goto(url);

  await visitor.opens();
  await visitor.says("hello");

  await visitor.reads("You said: hello");
  assert.deepEqual(visitor.errors.filter((error) => !error.includes("favicon") && !error.includes("404")), []);
});

test("destroy leaves no trace: no node, no listener, no timer, no socket, no global", async () => {
  const url = await serve(page(TAG));
  const context = await browser.newContext();
  await context.addInitScript(() => {
    const live = { listeners: 0, timers: new Set<unknown>(), sockets: new Set<WebSocket>(), observers: 0 };
    Object.assign(window, { live });
    const add = EventTarget.prototype.addEventListener;
    const remove = EventTarget.prototype.removeEventListener;
    const watched = (target: EventTarget) => target === window || target === document || target === window.visualViewport || target instanceof MediaQueryList || target === (window as unknown as { navigation: EventTarget }).navigation;
    const known: [EventTarget, string, unknown][] = [];
    EventTarget.prototype.addEventListener = function (this: EventTarget | undefined, name: string, listener: EventListenerOrEventListenerObject | null, options?: AddEventListenerOptions | boolean) {
      const target = this ?? window;
      if (watched(target)) {
        known.push([target, name, listener]);
        const signal = typeof options === "object" ? options.signal : undefined;
        if (signal) add.call(signal, "abort", () => { known.splice(known.findIndex((one) => one[0] === target && one[1] === name && one[2] === listener), 1); });
      }
      add.call(target, name, listener, options);
    };
    EventTarget.prototype.removeEventListener = function (this: EventTarget | undefined, name: string, listener: EventListenerOrEventListenerObject | null, options?: EventListenerOptions | boolean) {
      const target = this ?? window;
      const at = known.findIndex((one) => one[0] === target && one[1] === name && one[2] === listener);
      if (at >= 0) known.splice(at, 1);
      remove.call(target, name, listener, options);
    };
    Object.defineProperty(live, "listeners", { get: () => known.map((one) => one[1]) });
    const set = window.setTimeout.bind(window);
    const clear = window.clearTimeout.bind(window);
    window.setTimeout = ((then: () => void, ms?: number) => {
      const timer = set(() => { live.timers.delete(timer); then(); }, ms);
      live.timers.add(timer);
      return timer;
    }) as typeof setTimeout;
    window.clearTimeout = ((timer: number) => { live.timers.delete(timer); clear(timer); }) as typeof clearTimeout;
    const Real = WebSocket;
    window.WebSocket = class extends Real {
      constructor(address: string | URL, protocols?: string | string[]) { super(address, protocols); live.sockets.add(this); }
    };
  });
  const visitor = new Visitor(await context.newPage(), context);
  await visitor.page.goto(url);
  const before = await visitor.page.evaluate(() => Object.keys(window));
  await visitor.opens();
  await visitor.says("hello");
  await visitor.reads("You said: hello");
  await visitor.page.evaluate(() => { (window as unknown as { sidedoor: Call }).sidedoor("on", "message", () => undefined); });

  await visitor.page.evaluate(() => (window as unknown as { sidedoor: Call }).sidedoor("destroy"));
  await visitor.page.waitForTimeout(200);

  const left = await visitor.page.evaluate(() => {
    const live = (window as unknown as { live: { listeners: string[]; timers: Set<unknown>; sockets: Set<WebSocket> } }).live;
    return {
      hosts: document.querySelectorAll("[data-sidedoor]").length, html: document.documentElement.children.length,
      listeners: live.listeners, timers: live.timers.size, sockets: [...live.sockets].filter((socket) => socket.readyState < 2).length,
      global: "sidedoor" in window, keys: Object.keys(window), style: document.documentElement.getAttribute("style"),
    };
  });
  assert.deepEqual({ ...left, keys: [] }, { hosts: 0, html: 2, listeners: [], timers: 0, sockets: 0, global: false, keys: [], style: null });
  assert.deepEqual(left.keys.filter((key) => !before.includes(key)), []);
});

test("works under a strict policy with Trusted Types, without a report", async () => {
  // The widget's server is another origin here, as it is in life.
  const chat = new FakeServer({ files: STATIC });
  const server = await chat.listen();
  const policy = `default-src 'none'; script-src 'self' ${server}; style-src 'self'; connect-src ${server} ${server.replace("http", "ws")}; require-trusted-types-for 'script'; trusted-types 'none'`;
  const url = await serve(page(`<script async src="${server}/widget.js" data-site="demo" data-locale="fr"></script>`), { csp: policy });
  const visitor = await Visitor.comes(browser, url);
  await visitor.opens();
  await visitor.says("bonjour https://a.example");

  await visitor.reads("You said: bonjour");

  assert.equal(await visitor.box.getAttribute("placeholder"), "Écrivez un message…");
  assert.deepEqual(visitor.errors.filter((error) => !error.includes("favicon")), []);
  await chat.close();
});

test("survives a polluted Object.prototype and named elements", async () => {
  const poison = `<script>
    for (const key of ["open","theme","launcher","label","accent","notice","text","site","token","outbox","icon","seq","signal","passive","once","value","kind","channels","server","id","form","fields","more"]) Object.prototype[key] = "poison";
    Array.prototype.extra = function () {};
  </script><form name="fetch"></form><a id="sidedoor" href="#">x</a><img name="sidedoorSettings" alt="">`;
  const visitor = await Visitor.comes(browser, await serve(page(`${poison}${TAG}`)));
  await visitor.launcher.waitFor();
  assert.equal(await visitor.panel.count(), 0);
  assert.equal(await visitor.launcher.innerText(), "");

  await visitor.opens();
  await visitor.says("hello");

  await visitor.reads("You said: hello");
  assert.equal(await visitor.page.getByText("poison").count(), 0);
});

test("hostile styles of the page do not reach it", async () => {
  const url = await serve(page(TAG, "<style>* { all: unset !important; display: block !important; position: static !important; color: red !important; font-size: 60px !important }</style>"));
  const visitor = await Visitor.comes(browser, url);
  await visitor.opens();
  await visitor.isConnected();

  const box = await visitor.panel.boundingBox();
  assert.deepEqual([box?.width, Math.round(1280 - (box?.x ?? 0) - (box?.width ?? 0))], [392, 20]);
  assert.equal(await visitor.page.locator(".panel h2").evaluate((title) => getComputedStyle(title).fontSize), "16px");
  assert.equal(await visitor.page.locator("[data-sidedoor]").evaluate((host) => getComputedStyle(host).position), "fixed");
  await visitor.shows("hostile-css");
});

test("a framework that swaps the body, or empties the page, does not lose the chat", async () => {
  const visitor = await Visitor.comes(browser, await serve(page(TAG)));
  await visitor.opens();
  await visitor.says("hello");
  await visitor.reads("You said: hello");
  const hellos = fake.chat.hellos.length;

  await visitor.page.evaluate(() => {
    const body = document.createElement("body");
    body.append("another page");
    document.body.replaceWith(body);
    history.pushState({}, "", "/elsewhere?token=secret&x=1");
  });
  await visitor.says("still here?");
  await visitor.reads("You said: still here?");
  await visitor.page.evaluate(() => document.documentElement.replaceChildren(document.createElement("head"), document.createElement("body")));
  await visitor.launcher.waitFor();
  await visitor.says("and now?");

  await visitor.reads("You said: and now?");
  assert.equal(fake.chat.hellos.length, hellos);
  const told = fake.chat.frames.find((frame) => frame["type"] === "page");
  assert.match(String(told?.["url"]), /\/elsewhere\?x=1$/);
});

test("variables of the page theme it, and the text on the accent keeps its contrast", async () => {
  const url = await serve(page(TAG, "<style>:root { --sidedoor-accent: #ffd166; --sidedoor-radius: 4px; --sidedoor-x: 80px; --sidedoor-y: 100px; --sidedoor-z: 7; --sidedoor-font: monospace }</style>"));
  const visitor = await Visitor.comes(browser, url);
  await visitor.opens();
  const look = () => visitor.page.evaluate(() => {
    const root = document.querySelector("[data-sidedoor]");
    const launcher = root?.shadowRoot?.querySelector(".launcher");
    const panel = root?.shadowRoot?.querySelector(".panel");
    if (!root || !launcher || !panel) throw new Error("no widget");
    const style = getComputedStyle(launcher);
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const rgb = (colour: string) => {
      if (!canvas) return "";
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
      return [...canvas.getImageData(0, 0, 1, 1).data.slice(0, 3)].join();
    };
    return [rgb(style.backgroundColor), rgb(style.color), style.right, style.bottom, getComputedStyle(root).zIndex, getComputedStyle(panel).borderRadius, style.fontFamily];
  });
  assert.deepEqual(await look(), ["255,209,102", "0,0,0", "80px", "100px", "7", "4px", "monospace"]);

  await visitor.page.evaluate(() => document.documentElement.style.setProperty("--sidedoor-accent", "#1f5c57"));

  assert.deepEqual((await look()).slice(0, 2), ["31,92,87", "255,255,255"]);
});

test("attributes and calls set position, label, icon, theme; hide and show work", async () => {
  const visitor = await Visitor.comes(browser, await serve(page(TAG.replace("data-site", 'data-position="left" data-label="Ask us" data-offset="30 40" data-theme="dark" data-accent="rebeccapurple" data-site'))));
  await visitor.launcher.waitFor();
  const box = await visitor.launcher.boundingBox();
  assert.equal(box?.x, 30);
  assert.equal(await visitor.launcher.innerText(), "Ask us");
  const call = (...values: unknown[]) => visitor.page.evaluate((given) => { (window as unknown as { sidedoor: Call }).sidedoor(...given); }, values);

  await call("hide");
  await visitor.launcher.waitFor({ state: "hidden" });
  await call("show");
  await visitor.launcher.waitFor();
  await call("theme", { icon: "/icon.svg", label: "" });

  assert.equal(await visitor.launcher.locator("img").getAttribute("src"), "/icon.svg");
  await visitor.opens();
  assert.equal(await visitor.panel.evaluate((panel) => getComputedStyle(panel).backgroundColor), "rgb(23, 24, 29)");
});

test("the page's events arrive in both manners, and off ends them", async () => {
  const visitor = await Visitor.comes(browser, await serve(page(`<script>window.heard=[];for(const name of ["ready","open","close","message"])addEventListener("sidedoor:"+name,(e)=>heard.push(name+(e.detail?":"+e.detail.from:"")))</script>${TAG}`)));
  await visitor.launcher.waitFor();
  await visitor.page.evaluate(() => {
    const scope = window as unknown as { sidedoor: { on: Call; off: Call }; own: string[] };
    scope.own = [];
    const listener = () => scope.own.push("open");
    scope.sidedoor.on("open", listener);
    const stop = scope.sidedoor.on("close", () => scope.own.push("close")) as () => void;
    scope.sidedoor.on("ready", () => scope.own.push("ready"));
    stop();
  });
  await visitor.opens();
  await visitor.says("hi");
  await visitor.reads("You said: hi");
  await visitor.launcher.click();
  await visitor.page.evaluate(() => (window as unknown as { sidedoor: { off: Call } }).sidedoor.off("open"));
  await visitor.opens();

  assert.deepEqual(await visitor.page.evaluate(() => (window as unknown as { own: string[] }).own), ["ready", "open"]);
  assert.deepEqual(await visitor.page.evaluate(() => (window as unknown as { heard: string[] }).heard), ["ready", "open", "message:visitor", "message:bot", "close", "open"]);
});

test("what the page says of its visitor goes along as a hint, and reset begins anew", async () => {
  const visitor = await Visitor.comes(browser, await serve(page(TAG)));
  await visitor.launcher.waitFor();
  await visitor.page.evaluate(() => {
    const { sidedoor } = window as unknown as { sidedoor: { setUser: Call; set: Call } };
    sidedoor.setUser("user-42", { email: "ada@example.com", token: "abc", shoe: "42" });
    sidedoor.set({ plan: "gold", orders: 3, nested: { no: 1 } });
  });
  await visitor.opens();
  await visitor.says("hello");
  await visitor.reads("You said: hello");
  assert.deepEqual(fake.chat.hellos.at(-1)?.["identity"], { id: "user-42", email: "ada@example.com", token: "abc" });
  assert.deepEqual(fake.chat.hellos.at(-1)?.["attributes"], { plan: "gold", orders: 3 });

  await visitor.page.evaluate(() => (window as unknown as { sidedoor: { reset: Call } }).sidedoor.reset());
  await visitor.bubbles("hello").first().waitFor({ state: "detached" });
  await visitor.isConnected();

  assert.deepEqual(await visitor.stored(), {});
  assert.equal([...fake.chats.values()].at(-1)?.hellos.at(-1)?.["visitor"], null);
});

test("any element with data-sidedoor-open, and #sidedoor, open the chat", async () => {
  const visitor = await Visitor.comes(browser, await serve(page(`<div id="place"></div>${TAG}`)));
  await visitor.launcher.waitFor();
  await visitor.page.evaluate(() => {
    const button = document.createElement("button");
    button.dataset["sidedoorOpen"] = "About the vase";
    button.textContent = "Ask";
    document.getElementById("place")?.append(button);
  });
  await visitor.page.getByText("Ask").click();
  await visitor.panel.waitFor();
  assert.equal(await visitor.box.inputValue(), "About the vase");
  await visitor.launcher.click();

  await visitor.page.evaluate(() => { location.hash = "#sidedoor"; });

  await visitor.panel.waitFor();
});

test("the pinned file is whole: one request, every language, under its own hash", async () => {
  const url = await serve(page('<script async src="/widget/0.1.0.js" data-site="demo" data-locale="ja"></script>'));
  const visitor = await Visitor.comes(browser, url);
  await visitor.opens();
  await visitor.says("hello");
  await visitor.reads("You said: hello");

  assert.equal(await visitor.box.getAttribute("placeholder"), "メッセージを入力…");
  assert.deepEqual(fake.requests.filter((path) => path.startsWith("/widget")), ["/widget/0.1.0.js"]);
});

for (const [name, body] of [
  ["images", ["currentScript", "querySelector", "querySelectorAll", "createElement", "createElementNS", "addEventListener", "readyState", "documentElement", "visibilityState", "title", "referrer"].map((one) => `<img name="${one}" alt="">`).join("")],
  ["forms", ["head", "body", "currentScript", "createElement"].map((one) => `<form name="${one}"></form>`).join("")],
] as const) {
  for (const place of ["head", "body"] as const) {
    test(`${name} that are named like the document's own members are in nobody's way, with the tag in the ${place}`, async () => {
      const late = TAG.replace("async ", "");
      const visitor = await Visitor.comes(browser, await serve(page(`${body}${place === "body" ? late : ""}<button data-sidedoor-open="words">Ask</button>`, place === "head" ? TAG : "")));

      await visitor.page.getByRole("button", { name: "Ask" }).click();

      await visitor.panel.waitFor();
      await visitor.isConnected();
      await visitor.box.press("Enter");
      await visitor.reads("You said: words");
      assert.deepEqual(visitor.errors, []);
    });
  }
}

test("a click in a form that has a field called closest breaks nothing", async () => {
  const visitor = await Visitor.comes(browser, await serve(page(`<form id="f" style="padding:40px"><input name="closest"></form>${TAG}`)));
  await visitor.launcher.waitFor();

  // By the mouse alone: to find the form by its name, the test's own tools would call the field as well.
  const place = await visitor.page.evaluate(() => Element.prototype.getBoundingClientRect.call(document.forms[0] as Element).toJSON() as { x: number; y: number });
  await visitor.page.mouse.click(place.x + 5, place.y + 5);

  assert.deepEqual(visitor.errors, []);
});

test("a page of an origin that is not the site's is told which key to change, once, and the server is left alone", async () => {
  fake = new FakeServer({ files: STATIC, pages: new Map() });
  const server = await fake.listen();
  fake.foreign = true;
  fake.serves("/page", page(TAG.replace('"/widget.js"', `"${server}/widget.js"`)));
  const origin = server.replace("127.0.0.1", "localhost");
  const visitor = await Visitor.comes(browser, `${origin}/page`);
  await visitor.opens();
  await visitor.page.locator(".down .line").first().waitFor();
  const asked = fake.requests.length;

  await visitor.says("is anybody there?");
  await visitor.page.evaluate(() => {
    for (const name of ["online", "pagehide", "pageshow"]) dispatchEvent(new PageTransitionEvent(name, { persisted: true }));
  });
  await visitor.page.waitForTimeout(1500);

  assert.equal(fake.requests.length, asked, fake.requests.slice(asked).join());
  const told = visitor.errors.filter((error) => error.startsWith("sidedoor:"));
  assert.deepEqual(told, [`sidedoor: site "demo" is not for pages of ${origin}; add "${origin}" to its "origins" in sidedoor.toml`]);
});
