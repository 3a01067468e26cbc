// Builds nodes/desk/static: every file named after its content, a manifest, and the licences of what is inside.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { compile } from "sass";

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, "..", "nodes", "desk", "static");
const parts = join(here, "node_modules");

const style = compile(join(here, "desk.scss"), {
  loadPaths: [parts],
  style: "compressed",
  quietDeps: true,
  charset: false,
}).css;
const script = await build({
  entryPoints: [join(here, "desk.js")],
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "none",
  write: false,
});

const files = {
  "desk.css": Buffer.from(`${style.trim()}\n`),
  "desk.js": Buffer.from(script.outputFiles[0].contents),
  "icon.svg": readFileSync(join(here, "icon.svg")),
};

mkdirSync(target, { recursive: true });
for (const old of readdirSync(target)) rmSync(join(target, old), { recursive: true });
const manifest = {};
for (const [name, content] of Object.entries(files)) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 12);
  const dot = name.lastIndexOf(".");
  manifest[name] = `${name.slice(0, dot)}.${hash}${name.slice(dot)}`;
  writeFileSync(join(target, manifest[name]), content);
}
writeFileSync(join(target, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);

const { version } = JSON.parse(readFileSync(join(parts, "govuk-frontend", "package.json"), "utf8"));
const used = `desk.css and desk.js hold styles and scripts of govuk-frontend ${version}, Copyright (C) 2017 Crown Copyright
(Government Digital Service), under the MIT licence:`;
writeFileSync(join(target, "LICENCES.txt"), `${used}\n\n${readFileSync(join(here, "MIT.txt"), "utf8")}`);
