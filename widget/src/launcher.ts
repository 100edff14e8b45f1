//! The few kilobytes that every page view loads: the button, the page's calls, and the lines that work without us.

import { launch } from "./launch.js";
import { own } from "./wire.js";
import { findTag } from "./view/page.js";
import type { PanelModule, Strings } from "./contract.js";

/** The server puts the sites' launch data in place of this name's text when it serves the file. */
declare const __SIDEDOOR_SITES__: unknown;
/** The content hash in the panel's and the languages' file names. */
declare const PANEL_HASH: string;

const tag = findTag();
let attempt = 0;
// A browser may remember that a module failed to load; another query is another module.
const load = (name: string): Promise<unknown> => import(`${tag.server}/widget/${name}-${PANEL_HASH}.js${attempt ? `?${attempt}` : ""}`);

launch(tag, own(__SIDEDOOR_SITES__, tag.settings.site ?? ""), {
  panel: () => load("panel").catch((error: unknown) => { attempt++; throw error; }) as Promise<PanelModule>,
  strings: (language) => load(language).then((module) => own(module, "default") as Strings),
});
