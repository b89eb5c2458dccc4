// Bundles the pages of every shell: one entry is one <script type="module"> and, of the styles it imports, one
// stylesheet of the same name. Nothing of a third party is kept in git; its licences go to LEGAL.txt beside the bundle.
import { build } from "esbuild";
import { readFile, rename, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import path from "node:path";

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const TARGET = path.join(ROOT, "src/gasworks/console/static/dist");
const FRESH = `${TARGET}.new`;

const ENTRIES = ["assets/js/console.js"];

// Tabler's folding side bar asks «does anything inside have the focus?» in a hundred rules. Each change of focus then
// restyles the whole page: a key press in a grid of 2,000 rows took 188 ms instead of 50. We do not fold.
const withoutFocusRules = {
  name: "without-focus-rules",
  setup(tool) {
    tool.onLoad({ filter: /tabler\.css$/ }, async ({ path: file }) => ({
      contents: dropRules(await readFile(file, "utf8"), (selector) => selector.includes(":has(:focus-visible)")),
      loader: "css",
    }));
  },
};

// Copies CSS without the style rules whose selector is unwanted; @media and its like are walked into.
function dropRules(css, unwanted) {
  let kept = "";
  let at = 0;
  while (at < css.length) {
    const open = css.indexOf("{", at);
    const close = css.indexOf("}", at);
    if (open === -1 || close < open) {
      const end = close === -1 ? css.length : close + 1;
      kept += css.slice(at, end);
      at = end;
      continue;
    }
    const prelude = css.slice(at, open);
    if (!prelude.includes("@") && unwanted(prelude)) {
      at = css.indexOf("}", open) + 1;
      continue;
    }
    kept += prelude + "{";
    at = open + 1;
    if (!prelude.includes("@media") && !prelude.includes("@supports")) {
      const end = css.indexOf("}", at) + 1;
      const inner = css.indexOf("{", at);
      if (inner === -1 || inner > end) {
        kept += css.slice(at, end);
        at = end;
      }
    }
  }
  return kept;
}

await rm(FRESH, { recursive: true, force: true });
await build({
  absWorkingDir: ROOT,
  entryPoints: ENTRIES.map((entry) => ({ in: entry, out: path.basename(entry, ".js") })),
  outdir: FRESH,
  bundle: true,
  format: "esm",
  splitting: true,
  chunkNames: "chunks/[name]-[hash]",
  assetNames: "media/[name]-[hash]",
  minify: true,
  sourcemap: false,
  legalComments: "linked",
  target: ["es2022", "chrome100", "firefox102", "safari15"],
  loader: { ".woff2": "file", ".woff": "file", ".svg": "dataurl", ".png": "file" },
  plugins: [withoutFocusRules],
  logLevel: "warning",
});
// Whoever reads the folder meanwhile sees the old bundle or the new one, never half of it.
await rm(TARGET, { recursive: true, force: true });
await rename(FRESH, TARGET);
