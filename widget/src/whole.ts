//! The widget in one file that never changes for a version, for pages that pin it by its hash (Subresource Integrity).

import { createApi, type Api } from "./api.js";
import { createLauncher } from "./launch.js";
import { createPanel } from "./panel.js";
import { readLaunchData } from "./settings.js";
import { allStrings } from "./strings/all.js";
import { findTag } from "./view/page.js";

declare const VERSION: string;

const tag = findTag();
const scope = window as unknown as Record<string, unknown>;
const running = scope["sidedoor"] as Api | undefined;
if (typeof running === "function" && typeof running.version === "string") running("theme", tag.settings);
else if (!tag.settings.site) console.warn('sidedoor: no site; add data-site="…" to the script tag');
else {
  // The file is the same for every site, so what the server would bake in comes from the page, if it says so.
  const data = readLaunchData(scope["sidedoorSettings"]);
  createApi(VERSION, createLauncher(tag, data, {
    panel: () => Promise.resolve({ createPanel }),
    strings: (language) => Promise.resolve(allStrings[language] ?? {}),
  }));
}
