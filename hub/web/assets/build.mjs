// Bundles the pages' scripts and styles into ../static/build/ with hashed names, and writes which is which to manifest.json.
// Run from anywhere: `node hub/web/assets/build.mjs`. Same sources, same names.
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";

const require = createRequire(import.meta.url);
const here = path.dirname(fileURLToPath(import.meta.url));
const output = path.join(here, "..", "static", "build");
// Made beside the final folder and put in its place at the end: a running service never sees half of it.
const draft = `${output}.new`;
const target = ["es2021", "chrome100", "firefox102", "safari15"];

const tokens = await readFile(require.resolve("@digital-go-jp/design-tokens/dist/tokens.css"), "utf8");
const declarations = new Map([...tokens.matchAll(/(--[\w-]+):\s*([^;]+);/g)].map((match) => [match[1], match[2]]));

/** The design tokens that a style sheet uses, and those that these use, as one :root rule. */
function usedTokens(css) {
  const used = new Map();
  const visit = (text) => {
    for (const [, name] of text.matchAll(/var\((--[\w-]+)/g)) {
      if (declarations.has(name) && !used.has(name)) {
        used.set(name, declarations.get(name));
        visit(declarations.get(name));
      }
    }
  };
  visit(css);
  return `:root{${[...used].map(([name, value]) => `${name}:${value}`).join(";")}}`;
}

/** Each file of styles/ is a sheet that pages put into themselves; base.css brings the tokens that any of them uses. */
async function readSheets() {
  const folder = path.join(here, "styles");
  const names = (await readdir(folder)).filter((name) => name.endsWith(".css")).sort();
  const sheets = new Map();
  for (const name of names) sheets.set(name, await readFile(path.join(folder, name), "utf8"));
  sheets.set("base.css", usedTokens([...sheets.values()].join("\n")) + sheets.get("base.css"));
  sheets.set("chart.css", await readFile(require.resolve("uplot/dist/uPlot.min.css"), "utf8"));
  // Rules with pictures are those of markers and layers, which our one map has not.
  const leaflet = await readFile(require.resolve("leaflet/dist/leaflet.css"), "utf8");
  sheets.set("map.css", leaflet.replace(/[^{}]+\{[^{}]*url\([^{}]*\}/g, ""));
  return sheets;
}

async function buildStyles() {
  const manifest = {};
  for (const [name, css] of await readSheets()) {
    const { code } = await transform(css, { loader: "css", minify: true, target });
    const hash = createHash("sha256").update(code).digest("hex").slice(0, 8);
    manifest[name] = name.replace(/\.css$/, `-${hash}.css`);
    await writeFile(path.join(draft, manifest[name]), code);
  }
  return manifest;
}

const scripts = path.join(here, "scripts");
const bundling = { bundle: true, minify: true, metafile: true, target, legalComments: "none", absWorkingDir: here };

/** Entry modules, each with the pieces that it loads later beside it; and the pieces that a page may ever ask for. */
async function buildScripts() {
  const entries = ["page.mjs", "partial.mjs", "chart.mjs"];
  const result = await build({
    entryPoints: entries.map((name) => path.join(scripts, name)),
    outdir: draft,
    ...bundling,
    format: "esm",
    splitting: true,
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
  });
  const manifest = {};
  for (const [file, made] of Object.entries(result.metafile.outputs)) {
    const name = made.entryPoint && path.basename(made.entryPoint);
    if (entries.includes(name)) manifest[name] = path.basename(file);
  }
  // Plots and surveys are drawn and flown where there is a network: no phone keeps that.
  const pieces = reachable(result.metafile.outputs, manifest["page.mjs"]).filter((name) => !/^(draw|plot-form|survey-.*)-/.test(name));
  return { manifest, pieces };
}

/** A bundle and everything that it loads, now or later. */
function reachable(outputs, name) {
  const byName = new Map(Object.entries(outputs).map(([file, made]) => [path.basename(file), made]));
  const found = new Set();
  const visit = (file) => {
    if (found.has(file)) return;
    found.add(file);
    for (const other of byName.get(file).imports) visit(path.basename(other.path));
  };
  visit(name);
  return [...found].sort();
}

/** The service worker: one classic script under one name, which knows the files that it has to keep. */
async function buildWorker(kept) {
  const shell = createHash("sha256").update(kept.join()).digest("hex").slice(0, 8);
  await build({
    ...bundling,
    entryPoints: [path.join(scripts, "sw.mjs")],
    outfile: path.join(draft, "sw.js"),
    format: "iife",
    define: { SHELL_NAME: JSON.stringify(shell), SHELL_FILES: JSON.stringify(kept) },
  });
}

await rm(draft, { recursive: true, force: true });
await mkdir(draft, { recursive: true });
const styles = await buildStyles();
const { manifest: bundles, pieces } = await buildScripts();
const manifest = { ...styles, ...bundles };
const icons = ["mark.svg", "mark-192.png"].map((name) => `/static/icons/${name}`);
await buildWorker([...pieces.map((name) => `/static/build/${name}`), `/static/build/${styles["map.css"]}`, ...icons]);
await writeFile(path.join(draft, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
await rm(output, { recursive: true, force: true });
await rename(draft, output);
