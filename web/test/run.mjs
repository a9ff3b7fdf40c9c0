// Runs tests with Node's own runner:
//   node test/run.mjs units [PART OF A NAME]
//   node test/run.mjs browser [PART OF A NAME]        the built pages in Chromium (CHROMIUM names another); PUENTE names a program to test
// Exit status 77 where there is no Chromium.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const which = process.argv[2];
if (which !== "units" && which !== "browser") throw new Error("name units or browser");

if (which === "browser") {
  const chromium = process.env.CHROMIUM ?? "/usr/bin/chromium";
  if (!existsSync(chromium)) {
    console.log("skipped: there is no Chromium to open the pages in (scripts/setup --browser)");
    process.exit(77);
  }
  for (const page of ["report", "serve"])
    if (!existsSync(join(here, "..", "..", "build", "web", `${page}.html`))) {
      console.log("skipped: the pages are not built (scripts/web)");
      process.exit(77);
    }
}

const folder = join(here, which);
const tests = readdirSync(folder).filter(
  (name) => name.endsWith(".test.ts") && name.includes(process.argv[3] ?? ""),
);
// Below node_modules, so that packages are found from there.
const out = join(here, "..", "node_modules", ".cache", "puente", which);
await build({
  entryPoints: tests.map((name) => join(folder, name)),
  bundle: true,
  packages: "external",
  platform: "node",
  format: "esm",
  target: "node18",
  outdir: out,
  outExtension: { ".js": ".mjs" },
  sourcemap: "inline",
  logLevel: "error",
});
const run = spawnSync(
  process.execPath,
  ["--enable-source-maps", "--test", ...tests.map((name) => join(out, name.replace(/ts$/, "mjs")))],
  { stdio: "inherit", timeout: 240_000 },
);
process.exit(run.status ?? 1);
