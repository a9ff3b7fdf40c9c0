// Builds report.html and serve.html, each one file that needs nothing else:
//   node pages.mjs [FOLDER]        default: ../build/web
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const here = dirname(fileURLToPath(import.meta.url));

/// What src/pages puts a document into, to the letter.
const DOCUMENT = '<script id="puente-report" type="application/json">null</script>';

const sha256 = (text) => `'sha256-${createHash("sha256").update(text, "utf8").digest("base64")}'`;

/// Puts the script and the style into the page, and their hashes where its policy has SCRIPT and STYLE.
function oneFile(html, script, style) {
  // The only sequences that mean something to an HTML parser inside a script.
  const code = script.replace(/<\/(script)/gi, "<\\/$1").replace(/<!--/g, "\\x3c!--");
  if (/<\/style/i.test(style)) throw new Error("the style would end itself");
  return html
    .replace(/\s*<!-- prettier-ignore -->/g, "")
    .replace(/\s*<script\b[^>]*\bsrc=[^>]*><\/script>/g, "")
    .replace(/\s*<link\b[^>]*\brel="(?:stylesheet|modulepreload)"[^>]*>/g, "")
    .replace("SCRIPT", () => sha256(code))
    .replace("STYLE", () => sha256(style))
    .replace("</head>", () => `<style>${style}</style>\n</head>`)
    .replace("</body>", () => `<script type="module">${code}</script>\n</body>`);
}

/// What the authors of the packages in the page ask to be told with it.
function notices() {
  const text = (file) => readFileSync(join(here, "node_modules", file), "utf8").trim();
  return [
    "This page contains Apache ECharts, under the Apache License 2.0 (https://www.apache.org/licenses/LICENSE-2.0):",
    text("echarts/NOTICE"),
    "and ZRender:",
    text("zrender/LICENSE"),
  ]
    .join("\n\n")
    .replace(/--/g, "- -");
}

async function page(name) {
  const result = await build({
    root: here,
    configFile: false,
    logLevel: "warn",
    build: {
      write: false,
      target: "es2020",
      modulePreload: false,
      cssCodeSplit: false,
      assetsInlineLimit: Number.MAX_SAFE_INTEGER,
      chunkSizeWarningLimit: Number.MAX_SAFE_INTEGER,
      rollupOptions: { input: join(here, `${name}.html`), output: { inlineDynamicImports: true } },
    },
  });
  const files = result.output;
  const scripts = files.filter((file) => file.type === "chunk");
  const styles = files.filter((file) => file.fileName.endsWith(".css"));
  const html = files.find((file) => file.fileName.endsWith(".html"));
  if (scripts.length !== 1 || styles.length !== 1 || files.length !== 3 || !html)
    throw new Error(`${name}: not one script and one style: ${files.map((file) => file.fileName)}`);
  if (name === "report" && !String(html.source).includes(DOCUMENT))
    throw new Error(`report.html lacks ${DOCUMENT}`);
  const text = oneFile(String(html.source), scripts[0].code, String(styles[0].source));
  return scripts[0].moduleIds.some((id) => id.includes("/node_modules/"))
    ? text.replace("</body>", () => `<!--\n${notices()}\n-->\n</body>`)
    : text;
}

const folder = resolve(process.argv[2] ?? join(here, "..", "build", "web"));
mkdirSync(folder, { recursive: true });
for (const name of ["report", "serve"]) {
  const text = await page(name);
  const file = join(folder, `${name}.html`);
  writeFileSync(`${file}.part`, text);
  renameSync(`${file}.part`, file);
}
