//! Bundles the tests of one kind and runs them: `node test/run.mjs unit|e2e [a part of a file's name]`.

import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const [kind = "unit", part = ""] = process.argv.slice(2);
const chromium = process.env.CHROMIUM ?? "/usr/bin/chromium";
if (kind === "e2e" && !existsSync(chromium)) {
  console.error(`${chromium} is missing: apt-get install chromium (or name another one in CHROMIUM)`);
  process.exit(1);
}
const outdir = join(here, "..", ".build", kind);
rmSync(outdir, { recursive: true, force: true });
const entryPoints = readdirSync(join(here, kind)).filter((name) => name.endsWith(".test.ts") && name.includes(part)).map((name) => join(here, kind, name));
await build({
  entryPoints, outdir, bundle: true, platform: "node", format: "esm", target: "node20", outExtension: { ".js": ".mjs" }, sourcemap: "inline",
  external: ["playwright-core", "ws"], loader: { ".css": "text" }, logLevel: "error",
});
const files = readdirSync(outdir).map((name) => join(outdir, name));
// One file after the other: a browser and a server each are enough for a small machine.
const { status } = spawnSync(process.execPath, ["--enable-source-maps", "--test", "--test-concurrency=1", "--test-timeout=1500000", ...(process.env.ONLY ? [`--test-name-pattern=${process.env.ONLY}`] : []), "--test-reporter=spec", ...files], { stdio: "inherit" });
process.exit(status ?? 1);
