// Validates every instance of the manifest with nothing but the schemas, and prints where the verdict is another.
// Usage: node validate.mjs [MANIFEST]; exit code 0 where all verdicts are as listed, 1 where not, 2 without instances.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

const here = dirname(fileURLToPath(import.meta.url));
const read = (...path) => readFileSync(join(...path), "utf8");

const manifest = JSON.parse(readFileSync(process.argv[2] ?? join(here, "manifest.json"), "utf8"));
const validators = new Map();

function validator(name) {
  if (!validators.has(name)) {
    const ajv = new Ajv2020({ strict: true, allErrors: true });
    addFormats.default(ajv, { mode: "full" });
    validators.set(name, ajv.compile(JSON.parse(read(here, manifest.schemas[name].file))));
  }
  return validators.get(name);
}

function verdict({ schema, file }) {
  let instance;
  try {
    instance = JSON.parse(read(here, file));
  } catch (error) {
    if (error instanceof SyntaxError) return { accepts: false, why: error.message };
    throw error;
  }
  const validate = validator(schema);
  const accepts = validate(instance);
  return { accepts, why: (validate.errors ?? []).map((one) => `${one.instancePath} ${one.message}`).join("; ") };
}

const word = (accepts) => (accepts ? "accepts" : "refuses");
const rows = [];
for (const listed of manifest.instances) {
  const { accepts, why } = verdict(listed);
  if (accepts !== listed.schema_accepts) {
    rows.push([listed.file, word(listed.schema_accepts), word(accepts), why.replace(/\s+/g, " ").slice(0, 200)]);
  }
}

if (rows.length > 0) {
  const table = [["instance", "listed", "found", "why"], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => row[column].length)));
  for (const row of table) {
    console.log(row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd());
  }
}
console.log(`${manifest.instances.length} instances, ${rows.length} verdicts other than listed`);
process.exitCode = manifest.instances.length === 0 ? 2 : rows.length > 0 ? 1 : 0;
