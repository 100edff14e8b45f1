//! The few kilobytes that every page view loads: the button, the page's calls, and the lines that work without us.

import { createApi, type Api } from "./api.js";
import { createLauncher } from "./launch.js";
import { findTag } from "./view/page.js";
import { readLaunchData } from "./settings.js";
import { own } from "./wire.js";
import type { PanelModule, Strings } from "./contract.js";

/** The server puts the sites' launch data in place of this name's text when it serves the file. */
declare const __SIDEDOOR_SITES__: unknown;
/** The content hash in the panel's and the languages' file names. */
declare const PANEL_HASH: string;
declare const VERSION: string;

const tag = findTag();
start();

function start(): void {
  const running = (window as unknown as Record<string, unknown>)["sidedoor"] as Api | undefined;
  if (typeof running === "function" && typeof running.version === "string") {
    // The tag is in the page twice, or a framework mounted it again: the first one takes the settings.
    running("theme", tag.settings);
    return;
  }
  if (!tag.settings.site) {
    console.warn('sidedoor: no site; add data-site="…" to the script tag');
    return;
  }
  const base = `${tag.origin}/widget/`;
  let attempt = 0;
  // A browser may remember that a module failed to load; another query is another module.
  const load = (name: string): Promise<unknown> => import(`${base}${name}-${PANEL_HASH}.js${attempt ? `?${attempt}` : ""}`);
  const widget = createLauncher(tag, readLaunchData(own(__SIDEDOOR_SITES__, tag.settings.site)), {
    panel: () => load("panel").catch((error: unknown) => { attempt++; throw error; }) as Promise<PanelModule>,
    strings: (language) => load(language).then((module) => own(module, "default") as Strings),
  });
  createApi(VERSION, widget);
}
