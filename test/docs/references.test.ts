import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const FOLDERS = ["core", "sim", "scenarios", "test"];

/** All that is written by hand, by paths from the root. */
function written(): string[] {
  const inFolders = FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((path) =>
      join(folder, path),
    ),
  );
  return [...readdirSync(root), ...inFolders].filter((path) => /\.(ts|js|mjs|md)$/.test(path));
}

/** Documents that whoever has this repository need not have, and their sections. */
const OUTSIDE =
  /\b(zab|service|performance|known-bugs|wire|recipes|config-cli)\.md\b|\bspec\/|\u00a7/;

test("nothing refers to a document that is not in the repository", () => {
  const files = written();
  expect(files).toContain("README.md");
  expect(files).toContain(join("core", "zxid.ts"));
  const found = files.flatMap((path) =>
    readFileSync(join(root, path), "utf8")
      .split("\n")
      .flatMap((line, i) => (OUTSIDE.test(line) ? [`${path}:${i + 1}: ${line.trim()}`] : [])),
  );
  expect(found).toEqual([]);
});
