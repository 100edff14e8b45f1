//! Builds the widget into static/widget: launcher, panel, one file a language, and the whole for pinning.

import { build, transform } from "esbuild";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
export const STATIC = join(here, "..", "static", "widget");
export const STAFF = join(here, "..", "static", "staff");
const { version } = JSON.parse(readFileSync(join(here, "package.json"), "utf8"));

/** Style sheets as minified text; every language's strings as one module. */
const plugins = [{
  name: "text",
  setup(builder) {
    builder.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(readFileSync(path, "utf8"), { loader: "css", minify: true, target: ["chrome111", "firefox114", "safari16.4"] });
      // The minifier leaves the space before a variable's value: it could be one that counts, but not here.
      return { contents: code.trim().replace(/(--[\w-]+): /g, "$1:"), loader: "text" };
    });
  },
}];

async function bundle(entry, format, define = {}) {
  const result = await build({
    entryPoints: [join(here, "src", entry)],
    bundle: true, minify: true, write: false, format, plugins, define,
    absWorkingDir: here,
    target: ["chrome111", "firefox114", "safari16.4"],
    charset: "utf8", legalComments: "none", logLevel: "error",
  });
  return result.outputFiles[0].text;
}

/** All files as name → text. Pure, so that the check can compare it with what is committed. */
export async function files() {
  const out = new Map();
  const panel = await bundle("panel.ts", "esm");
  const languages = readdirSync(join(here, "src", "strings")).filter((name) => name.endsWith(".json")).sort();
  const strings = languages.map((name) => [name.slice(0, -5), `export default ${JSON.stringify(JSON.parse(readFileSync(join(here, "src", "strings", name), "utf8")))};\n`]);
  // One hash over all that the launcher may load: it has to know only one.
  const hash = createHash("sha256").update(panel);
  for (const [, text] of strings) hash.update(text);
  const tag = hash.digest("hex").slice(0, 10);
  const define = { VERSION: JSON.stringify(version), PANEL_HASH: JSON.stringify(tag) };
  // Left alone by the minifier as a free name, and made a text only here: the server puts data in its place.
  // Checked as strict code above, which runs the same without the word.
  const launcher = (await bundle("launcher.ts", "iife", define)).replace(/^"use strict";/, "").replaceAll("__SIDEDOOR_SITES__", '"__SIDEDOOR_SITES__"');
  if (launcher.split('"__SIDEDOOR_SITES__"').length !== 2) throw new Error("launcher: the place for the sites' data must be there exactly once");
  out.set("launcher.js", launcher);
  out.set(`panel-${tag}.js`, panel);
  for (const [language, text] of strings) out.set(`${language}-${tag}.js`, text);
  out.set("whole.js", await bundle("whole.ts", "iife", define));
  return out;
}

/** What staff's pages load: one script, one style sheet. */
export async function staffFiles() {
  const style = await transform(readFileSync(join(here, "src", "view", "staff", "app.css"), "utf8"), { loader: "css", minify: true, target: ["chrome111", "firefox114", "safari16.4"] });
  return new Map([["app.js", await bundle("view/staff/app.ts", "esm")], ["app.css", style.code]]);
}

const size = (text) => gzipSync(Buffer.from(text), { level: 9 }).length;
const LAUNCHER_MAX = 5000;
const ALL_MAX = 27000;
/** Beside it a conversation's page needs some 5 KB of HTML: 20 KB in all. */
const STAFF_MAX = 14000;

/** Prints what a member of staff downloads once, in bytes of gzip -9, and says whether it is above the budget. */
export function weighStaff(out) {
  const bytes = size(out.get("app.js")) + size(out.get("app.css"));
  console.log(`staff       ${bytes} bytes gzip, script and style (budget ${STAFF_MAX})`);
  if (bytes > STAFF_MAX) console.error("over budget");
  return bytes > STAFF_MAX;
}

/** Prints what a visitor downloads, in bytes of gzip -9, and fails above the budget. */
export function weigh(out) {
  const names = [...out.keys()];
  const sizes = new Map(names.map((name) => [name, size(out.get(name))]));
  const panel = names.find((name) => name.startsWith("panel-"));
  const languages = names.filter((name) => /^[a-z]{2}-/.test(name));
  const largest = languages.sort((a, b) => sizes.get(b) - sizes.get(a))[0];
  const launcher = sizes.get("launcher.js");
  const everything = launcher + sizes.get(panel) + (largest ? sizes.get(largest) : 0);
  console.log(`launcher    ${launcher} bytes gzip (budget ${LAUNCHER_MAX})`);
  console.log(`panel       ${sizes.get(panel)}`);
  console.log(`a language  ${largest ? sizes.get(largest) : 0} (the largest of ${languages.length}: ${largest?.slice(0, 2)})`);
  console.log(`everything  ${everything} bytes gzip (budget ${ALL_MAX})`);
  console.log(`whole.js    ${sizes.get("whole.js")} (one file with all languages, for pages that pin it)`);
  const over = launcher > LAUNCHER_MAX || everything > ALL_MAX;
  if (over) console.error("over budget");
  return { launcher, everything, over };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [out, staff] = [await files(), await staffFiles()];
  for (const [folder, built] of [[STATIC, out], [STAFF, staff]]) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    for (const [name, text] of built) writeFileSync(join(folder, name), text);
  }
  if (weigh(out).over || weighStaff(staff)) process.exitCode = 1;
}
