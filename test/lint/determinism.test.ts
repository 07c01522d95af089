import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

/**
 * A lint rule that silently stops reporting looks like clean code. So the real configuration runs over a file
 * of forbidden lines, each naming the rule that must report it, in a scratch folder that is laid out like
 * the repository (the rules go by folder), and over a file of look-alikes that no rule may report.
 */

interface Report {
  readonly file: string;
  readonly line: number;
  readonly rule: string;
}

const root = fileURLToPath(new URL("../../", import.meta.url));
const probeFolder = join(root, "test/lint/probe");
const forbidden = readFileSync(join(probeFolder, "forbidden.ts"), "utf8").split("\n");

let house = "";
let reports: readonly Report[] = [];

beforeAll(() => {
  house = mkdtempSync(join(tmpdir(), "vivarium-lint-"));
  for (const path of [
    ".oxlintrc.json",
    "package.json",
    "tsconfig.base.json",
    "core/tsconfig.json",
    "sim/tsconfig.json",
    "test/lint/determinism-plugin.js",
  ]) {
    place(join(root, path), path);
  }
  for (const folder of ["core", "sim"]) {
    for (const name of ["forbidden.ts", "allowed.ts", "cycle.ts"]) {
      place(join(probeFolder, name), `${folder}/${name}`);
    }
  }
  place(join(probeFolder, "forbidden.ts"), "core/zab/forbidden.test.ts");
  place(join(probeFolder, "prng.ts"), "sim/kernel/prng.ts");
  place(join(probeFolder, "prng.ts"), "sim/kernel/other.ts");
  symlinkSync(join(root, "node_modules"), join(house, "node_modules"));
  reports = lint("core", "sim");
}, 60_000);

afterAll(() => {
  rmSync(house, { recursive: true, force: true });
});

test.each(["core", "sim"])("every forbidden line is reported by its rule in %s/", (folder) => {
  const expected = expectedIn(folder);
  const found = new Set(
    reportsOn(`${folder}/forbidden.ts`).map(({ line, rule }) => `${line}: ${rule}`),
  );
  expect(expected.length).toBeGreaterThan(70);
  expect(expected.filter((what) => !found.has(what))).toEqual([]);
});

test.each(["core", "sim"])("no look-alike is reported in %s/", (folder) => {
  expect(reportsOn(`${folder}/allowed.ts`)).toEqual([]);
});

test("a test may use what the code beside it may not", () => {
  const rules = reportsOn("core/zab/forbidden.test.ts").map(({ rule }) => rule);
  expect(rules).not.toEqual([]);
  expect(rules.filter((rule) => /^determinism|restricted|async-await/.test(rule))).toEqual([]);
});

test("sim/kernel/prng.ts alone imports seedrandom, and nothing else from outside", () => {
  const refused = (file: string) => reportsOn(file).map(({ line, rule }) => `${line}: ${rule}`);
  const imports = [1, 2, 3].map((line) => `${line}: no-restricted-imports`);
  expect(refused("sim/kernel/prng.ts")).toEqual(imports.slice(0, 1));
  expect(refused("sim/kernel/other.ts")).toEqual(imports);
});

/** "12: rule" for each line that ends in a comment with a rule's name, and that counts in this folder. */
function expectedIn(folder: string): readonly string[] {
  return forbidden.flatMap((text, index) => {
    const found = / \/\/ ([a-z/-]+)(?: \((\w+) only\))?$/.exec(text);
    const [, rule, only] = found ?? [];
    return rule === undefined || (only !== undefined && only !== folder)
      ? []
      : [`${index + 1}: ${rule}`];
  });
}

function reportsOn(file: string): readonly Report[] {
  return reports.filter((report) => report.file === file);
}

function place(from: string, to: string): void {
  const target = join(house, to);
  mkdirSync(dirname(target), { recursive: true });
  cpSync(from, target);
}

function lint(...folders: string[]): readonly Report[] {
  const oxlint = join(root, "node_modules/.bin/oxlint");
  const { stdout, stderr } = spawnSync(oxlint, ["--format=json", ...folders], {
    cwd: house,
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  if (!stdout.startsWith("{")) throw new Error(`oxlint did not run: ${stdout}${stderr}`);
  const { diagnostics } = JSON.parse(stdout) as {
    diagnostics: { code?: string; filename: string; labels: { span: { line: number } }[] }[];
  };
  return diagnostics.map(({ code = "", filename, labels }) => ({
    file: filename,
    line: labels[0]?.span.line ?? 0,
    // oxlint writes "eslint(no-var)" and "import(no-cycle)"; the configuration "no-var" and "import/no-cycle".
    rule: code.replace(/^(.*)\((.*)\)$/, "$1/$2").replace(/^eslint\//, ""),
  }));
}
