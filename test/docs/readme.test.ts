import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parseScenario } from "../../scenarios/format/parse.ts";
import { libraryEntry } from "../../scenarios/library/index.ts";
import { runScenario } from "../../scenarios/run.ts";
import { drawVoteLanes } from "./vote-lanes.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const readme = readFileSync(join(root, "README.md"), "utf8");
const PICTURE = "../../scenarios/pictures/five-in-order.svg";

/** The code blocks of a language, in the order of the page. */
function blocks(language: string, page = readme): string[] {
  return [...page.matchAll(/^```(\w+)\n([^]*?)^```$/gm)]
    .filter((match) => match[1] === language)
    .map((match) => match[2] ?? "");
}

/** Runs the built command line, as the page says to. */
function run(args: readonly string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: root,
    encoding: "utf8",
  });
  return { status, output: stdout + stderr };
}

test("the picture shows what the scenario does (vitest -u draws it again)", async () => {
  const scenario = await libraryEntry("five-in-order")?.load();
  if (scenario === undefined) throw new Error("there is no scenario five-in-order");
  const { world, servers, timeUs } = runScenario(scenario, { trace: "kept" });
  const ids = servers.map((server) => server.id);
  await expect(drawVoteLanes(world.trace.records(), ids, timeUs)).toMatchFileSnapshot(PICTURE);
});

test("the picture and the two commands are on the first screen", () => {
  const screen = readme.split("\n").slice(0, 20).join("\n");
  expect(screen).toContain("scenarios/pictures/five-in-order.svg");
  expect(screen).toContain("npm ci && npm start");
  expect(screen).toContain("npm ci && npm test");
});

test("every link leads somewhere", () => {
  const links = [...readme.matchAll(/\]\(([^)#]+)\)/g)].map((match) => match[1] ?? "");
  expect(links.length).toBeGreaterThan(5);
  expect(links.filter((link) => !existsSync(join(root, link)))).toEqual([]);
});

test("the story is what `npm start` tells", () => {
  const { status, output } = run(["dist/cli/vivarium.js", "run", "five-in-order"]);
  expect(status).toBe(0);
  const lines = (blocks("text")[0] ?? "").trimEnd().split("\n");
  expect(lines.length).toBeGreaterThan(2);
  for (const line of lines) expect(output).toContain(line);
});

describe("the commands run", () => {
  const commands = blocks("sh")
    .flatMap((block) => block.split("\n"))
    .filter((line) => line.startsWith("npx vivarium "))
    .map((line) => line.replace(/#.*$/, "").trim());

  test("there are some", () => expect(commands.length).toBeGreaterThan(4));

  test.each(commands)("%s", (command) => {
    // Built once for all tests, so that npx need not look for it. What one command writes, the next one reads.
    const file = join(tmpdir(), "vivarium-readme-five.jsonl");
    const args = command.replaceAll("/tmp/five.jsonl", file).split(/\s+/).slice(2);
    expect(run(["dist/cli/vivarium.js", ...args])).toMatchObject({ status: 0 });
  });

  test("npx finds the command line in a checkout", () => {
    const { status, stdout } = spawnSync("npx", ["vivarium", "--version"], {
      cwd: root,
      encoding: "utf8",
    });
    expect({ status, stdout }).toEqual({ status: 0, stdout: "0.1.0\n" });
  });
});

test.each(["README.md", "scenarios/README.md"])(
  "each scenario in %s is a right one, and what it expects happens",
  (name) => {
    const page = readFileSync(join(root, name), "utf8");
    expect(blocks("json", page).length).toBeGreaterThan(0);
    for (const block of blocks("json", page)) {
      const parsed = parseScenario(JSON.parse(block));
      expect(parsed).toMatchObject({ ok: true });
      if (parsed.ok) expect(runScenario(parsed.scenario).outcome).toBe("passed");
    }
  },
);

test("the example of a test is a test here, promise-client.test.ts", () => {
  const file = readFileSync(new URL("promise-client.test.ts", import.meta.url), "utf8");
  expect(blocks("ts")).toContain(file.replace('"../../scenarios/index.ts"', '"vivarium"'));
});

test("the library example prints what its comment says", () => {
  const folder = mkdtempSync(join(tmpdir(), "vivarium-readme-"));
  try {
    const library = new URL("../../dist/lib/scenarios/index.js", import.meta.url).href;
    const file = join(folder, "example.mjs");
    writeFileSync(file, (blocks("ts")[0] ?? "").replace('"vivarium"', JSON.stringify(library)));
    expect(run([file])).toEqual({ status: 0, output: expect.stringMatching(/^3 [0-9a-f]{16}\n$/) });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
