//! What must hold of the source and of what is committed: no markup sinks, no DOM outside view/, the build reproduces.

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { files, staffFiles, weigh, weighStaff, STAFF, STATIC } from "./build.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const faults = [];
const walk = (folder) => readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? walk(join(folder, entry.name)) : [join(folder, entry.name)]));

/** Each with its reason: whoever trips over one should learn why. */
const BANNED = [
  [/\b(innerHTML|outerHTML|insertAdjacentHTML|createContextualFragment|DOMParser|setHTML\w*|srcdoc)\b/, "a markup sink: build elements with h()"],
  [/\bdocument\.write\b|\beval\(|new Function\b/, "runs text as code"],
  [/setAttribute\(\s*["'](on\w+|style)["']/, "refused by a strict policy: use addEventListener, or style.setProperty"],
  [/document\.cookie|sessionStorage|indexedDB/, "only the one key of localStorage, through storage.ts"],
  [/:\s*any\b|\bas any\b|<any>|@ts-ignore|@ts-nocheck/, "types are strict: no any"],
  [/postMessage|\.\bon(?:before)?unload\b|["'](?:before)?unload["']/, "breaks the back/forward cache, or talks to strangers"],
  [/\bhttps?:\/\/(?!chat\.acme\.example|www\.w3\.org)[a-z]/, "no request to anybody else"],
];
/** The page itself: only view/ may touch it. */
const DOM = /\bdocument\b|\bcreateElement|\.append\(|\.prepend\(|\bquerySelector|\.classList|\.textContent/;

for (const path of walk(join(here, "src"))) {
  if (!path.endsWith(".ts")) continue;
  const name = relative(join(here, "src"), path);
  const text = readFileSync(path, "utf8");
  if (!text.startsWith("//! ")) faults.push(`${name}:1: opens without a sentence that says what the file is for`);
  text.split("\n").forEach((line, i) => {
    const code = line.replace(/^\s*(\/\/|\*|\/\*\*).*$/, "").replace(/\s\/\/ .*$/, "");
    for (const [pattern, why] of BANNED) if (pattern.test(code)) faults.push(`${name}:${i + 1}: ${code.trim()}\n    ${why}`);
    if (!name.startsWith("view/") && DOM.test(code)) faults.push(`${name}:${i + 1}: ${code.trim()}\n    the page is touched in view/ only`);
  });
}

// Each language has exactly the words that English has, and the same blanks to fill in.
const english = readFileSync(join(here, "src/strings/english.ts"), "utf8");
const words = new Map([...english.matchAll(/^ {2}(\w+): "(.*)",$/gm)].map((match) => [match[1], match[2]]));
const blanks = (text) => [...text.matchAll(/\{\w+\}/g)].map(String).sort().join();
for (const path of walk(join(here, "src/strings")).filter((path) => path.endsWith(".json"))) {
  const translated = JSON.parse(readFileSync(path, "utf8"));
  for (const [key, text] of words) {
    if (typeof translated[key] !== "string" || !translated[key]) faults.push(`${relative(here, path)}: "${key}" is missing; translate "${text}"`);
    else if (blanks(translated[key]) !== blanks(text)) faults.push(`${relative(here, path)}: "${key}" must have the blanks of "${text}"`);
  }
  for (const key of Object.keys(translated)) if (!words.has(key)) faults.push(`${relative(here, path)}: "${key}" is not a word of english.ts; remove it`);
}

const built = await files();
if (weigh(built).over) faults.push("the widget is over its budget");
const staff = await staffFiles();
if (weighStaff(staff)) faults.push("staff's pages are over their budget");
for (const [folder, shown, fresh] of [[STATIC, "static/widget", built], [STAFF, "static/staff", staff]]) {
  const committed = new Set(readdirSync(folder));
  for (const [name, text] of fresh) {
    if (!committed.delete(name)) faults.push(`${shown}/${name} is missing; run npm run build and commit it`);
    else if (readFileSync(join(folder, name), "utf8") !== text) faults.push(`${shown}/${name} is not what the source builds; run npm run build and commit it`);
  }
  for (const name of committed) faults.push(`${shown}/${name} is from an older build; run npm run build and commit`);
}
if (/"resolved"/.test(readFileSync(join(here, "package-lock.json"), "utf8"))) faults.push('package-lock.json names registry hosts; npm install with the .npmrc of this folder leaves "resolved" out');

for (const fault of faults) console.error(fault);
console.log(faults.length ? `${faults.length} faults` : "source and build are in order");
process.exitCode = faults.length ? 1 : 0;
