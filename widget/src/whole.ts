//! The widget in one file that never changes for a version, for pages that pin it by its hash (Subresource Integrity).

import { launch } from "./launch.js";
import { createPanel } from "./panel.js";
import { allStrings } from "./strings/all.js";
import { findTag } from "./view/page.js";

// The file is the same for every site: what the server would bake in comes from the page, if it says so.
launch(findTag(), (window as unknown as Record<string, unknown>)["sidedoorSettings"], {
  panel: () => Promise.resolve({ createPanel }),
  strings: (language) => Promise.resolve(allStrings[language] ?? {}),
});
