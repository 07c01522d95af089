import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BUGS } from "../../core/server/bugs.ts";
import { LIBRARY } from "../library/index.ts";
import { VERSION } from "../version.ts";

const CLI = fileURLToPath(new URL("../../dist/cli/vivarium.js", import.meta.url));
const PACKAGE = fileURLToPath(new URL("../../package.json", import.meta.url));

let dir = "";

beforeAll(() => {
  if (!existsSync(CLI)) throw new Error(`${CLI} is missing: run "npm run build:cli" first`);
  dir = mkdtempSync(join(tmpdir(), "vivarium-cli-"));
});

afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function vivarium(args: readonly string[], env: Readonly<Record<string, string>> = {}): Ran {
  const { NO_COLOR: _no, FORCE_COLOR: _force, ...inherited } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], {
    encoding: "utf8",
    cwd: dir,
    env: { ...inherited, ...env },
  });
  return { status, stdout, stderr };
}

function write(name: string, content: string | Uint8Array | object): string {
  const isText = typeof content === "string" || content instanceof Uint8Array;
  writeFileSync(join(dir, name), isText ? content : JSON.stringify(content));
  return name;
}

const SOUND = {
  name: "sound",
  title: "Three boot",
  ensemble: { size: 3 },
  steps: [{ at: 0, do: "boot", server: "all" }],
  expect: [{ end: { leader: 3 } }],
};

test("the version is that of package.json", () => {
  const { version } = JSON.parse(readFileSync(PACKAGE, "utf8")) as { version: string };
  expect(VERSION).toBe(version);
  expect(vivarium(["--version"])).toEqual({ status: 0, stdout: `${version}\n`, stderr: "" });
});

describe("list", () => {
  test("for people: every scenario with its title, by group", () => {
    const { status, stdout, stderr } = vivarium(["list"]);
    expect([status, stderr]).toEqual([0, ""]);
    for (const { name, title } of LIBRARY) {
      expect(stdout).toMatch(
        new RegExp(`^ {2}${name} +${title.replaceAll(/[.()]/g, "\\$&")}$`, "m"),
      );
    }
  });

  test("as JSON", () => {
    const data: unknown = JSON.parse(vivarium(["list", "--json"]).stdout);
    expect(data).toEqual(LIBRARY.map(({ name, group, title }) => ({ name, group, title })));
  });

  test("one group", () => {
    const data = JSON.parse(vivarium(["list", "--json", "--group", "recovery"]).stdout) as object[];
    expect(data.length).toBeGreaterThan(0);
    for (const entry of data) expect(entry).toMatchObject({ group: "recovery" });
  });
});

describe("bugs", () => {
  test("for people: every bug, with its issue", () => {
    const { status, stdout, stderr } = vivarium(["bugs"]);
    expect([status, stderr]).toEqual([0, ""]);
    for (const { name, issue = "not reported", fixedIn = "open" } of BUGS) {
      expect(stdout).toMatch(new RegExp(`^│ ${name} +│ ${issue} +│ ${fixedIn} +│`, "m"));
    }
  });

  test("as JSON", () => {
    const data: unknown = JSON.parse(vivarium(["bugs", "--json"]).stdout);
    expect(data).toEqual(
      BUGS.map(({ name, issue, fixedIn, effect, breaks }) => ({
        name,
        issue: issue ?? null,
        fixedIn: fixedIn ?? null,
        effect,
        breaks,
      })),
    );
  });
});

describe("run", () => {
  test("tells the boot of five, and prints all that identifies the run", () => {
    const { status, stdout, stderr } = vivarium(["run", "five-in-order"]);
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("beats 2 (epoch 0, zxid 0x0): same epoch, same zxid, larger id");
    expect(stdout).toContain("that is 3 of 5, a majority");
    expect(stdout).toMatch(/│ 3 +│ LEADING +│ 3 \(epoch 1, zxid 0x0\) │ 1 +│ itself/);
    expect(stdout).toMatch(/^result +passed$/m);
    expect(stdout).toMatch(/^leader +3$/m);
    expect(stdout).toMatch(/^virtual time +18\.\d+ s$/m);
    expect(stdout).toMatch(/^trace hash +[0-9a-f]{16}$/m);
    expect(stdout).toMatch(/^seed +1$/m);
    expect(stdout).toMatch(/^repeat with +npx vivarium run five-in-order --seed 1$/m);
    expect(stdout).not.toContain("\u001b");
  });

  test("as JSON: one document, the same twice", () => {
    const first = vivarium(["run", "leader-crash", "--json", "--seed", "3"]);
    expect(first.stderr).toBe("");
    const report: unknown = JSON.parse(first.stdout);
    expect(report).toMatchObject({
      scenario: "leader-crash",
      seed: 3,
      outcome: "passed",
      leader: 3,
      repeat: "npx vivarium run leader-crash --seed 3",
    });
    expect(vivarium(["run", "leader-crash", "--json", "--seed", "3"])).toEqual(first);
  });

  test("quietly: one line", () => {
    const { stdout } = vivarium(["run", "five-at-once", "--quiet", "--seed", "2"]);
    expect(stdout).toMatch(
      /^five-at-once: passed, leader 5, [\d.]+ s, \d+ events, hash [0-9a-f]{16}, seed 2\n$/,
    );
  });

  test("an ensemble and its clients, for people and as JSON", () => {
    const { status, stdout } = vivarium(["run", "write-path"]);
    expect(status).toBe(0);
    expect(stdout).toContain(
      "1 passes a request of alice on to the leader 3 (REQUEST): create /first",
    );
    expect(stdout).toMatch(/│ alice +│ CONNECTED │ zoo1:2181 +│ 0x[0-9a-f]+ │ 6 s +│ – +│/);
    expect(stdout).toMatch(/^leader +3\nrequests +3: 3 ok, 0 refused, 0 unanswered$/m);
    const data: unknown = JSON.parse(vivarium(["run", "write-path", "--json"]).stdout);
    expect(data).toMatchObject({
      leader: 3,
      clients: [
        { name: "alice", connectedTo: 1, session: expect.stringMatching(/^0x1/) },
        { name: "bob", connectedTo: 2 },
      ],
    });
    expect(data).not.toHaveProperty("standalone");
  });

  test("verbosely: every message", () => {
    const { stdout } = vivarium(["run", "ensemble-of-3", "--verbose"]);
    expect(stdout).toContain("LOOKING, votes for 1 (epoch 0, zxid 0x0) in round 1");
    expect(stdout).toContain("FOLLOWERINFO");
  });

  test("a standalone server and its clients, for people and as JSON", () => {
    const { status, stdout, stderr } = vivarium(["run", "session-expires", "--no-color"]);
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("alice creates /lock (ephemeral, zxid 0x3)");
    expect(stdout).toMatch(/│ 1 \(standalone\) +│ serving +│ 0x6 +│ \d+ +│ 1 +│/);
    expect(stdout).toMatch(/│ alice +│ CLOSED +│ – +│ 0x[0-9a-f]+ \(gone\) +│/);
    expect(stdout).toMatch(/│ bob +│ CONNECTED +│ zoo1:2181 +│ 0x[0-9a-f]+ +│ 8 s +│/);
    expect(stdout).toMatch(/^requests +5: 4 ok, 1 refused, 0 unanswered$/m);
    expect(stdout).not.toMatch(/^leader/m);
    const json = vivarium(["run", "session-expires", "--json"]).stdout;
    expect(JSON.parse(json)).toMatchObject({
      outcome: "passed",
      servers: [],
      standalone: { id: 1, process: "up", isServing: true, zxid: "0x6" },
      clients: [
        { name: "alice", state: "CLOSED", isSessionAlive: false },
        { name: "bob", state: "CONNECTED", isSessionAlive: true, events: ["NodeDeleted /lock"] },
      ],
    });
    expect(json).toContain('"outcome": "SessionExpired"');
  });

  test("until a time, and until an event", () => {
    const early = vivarium(["run", "five-in-order", "--until", "3.5s"]);
    expect(early.status).toBe(0);
    expect(early.stdout).toMatch(/^result +stopped early$/m);
    expect(early.stdout).toMatch(/^stopped because +stopped at 3\.5 s, as asked$/m);
    expect(early.stdout).toContain(
      "not reached: expect[2]: at 7 s 1, 2 are LOOKING and 1, 2 vote for 2",
    );
    expect(early.stdout).toMatch(
      /^repeat with +npx vivarium run five-in-order --seed 1 --until 3\.5s$/m,
    );
    const report = vivarium(["run", "five-in-order", "--until", "#50", "--json"]);
    expect(JSON.parse(report.stdout)).toMatchObject({ events: 50, outcome: "stopped" });
  });

  test("an expectation that fails: the story up to there, what was expected, the command, exit 1", () => {
    const file = write("fails.json", {
      ...SOUND,
      expect: [{ never: { leader: 3 }, because: "we hoped for 1" }],
    });
    const { status, stdout, stderr } = vivarium(["run", file, "--seed", "5"]);
    expect([status, stderr]).toEqual([1, ""]);
    expect(stdout).toContain("3 leads epoch 1");
    expect(stdout).toContain(
      "FAILED  expect[0]\n  expected: never: 3 leads\n  found:    3 leads (at ",
    );
    expect(stdout).toContain("because:  we hoped for 1");
    expect(stdout).toMatch(/^repeat with +npx vivarium run fails\.json --seed 5$/m);
    const quiet = vivarium(["run", file, "--quiet"]);
    expect(quiet.status).toBe(1);
    expect(quiet.stdout).toContain("expected: never: 3 leads");
    expect(vivarium(["run", file, "--json"]).status).toBe(1);
  });

  /** Server 3 alone has (1,2), leads, and has the others acknowledge it. */
  const THREE_HAS_MORE = {
    ...SOUND,
    servers: { 1: { zxid: "0x100000001" }, 2: { zxid: "0x100000001" }, 3: { zxid: "0x100000002" } },
  };

  test("a bug: what it is, the promise that it breaks, how it came to that, exit 1", () => {
    const file = write("more.json", THREE_HAS_MORE);
    expect(vivarium(["run", file, "--quiet"]).status).toBe(0);
    const { status, stdout, stderr } = vivarium(["run", file, "--bug", "ackBeforeLog"]);
    expect([status, stderr]).toEqual([1, ""]);
    expect(stdout).toMatch(
      /^FAILED {2}"honest acknowledgements" is broken: [12] acknowledges the history of epoch 2 up to 0x100000002, and its disk has it only up to 0x100000001 \(at [\d.]+ s\)\n {2}servers: {2}[12]\n {2}zxids: {4}0x100000001, 0x100000002\n {2}causes: /m,
    );
    expect(stdout).toMatch(/^ +[\d.]+ s {2}3 → [12]: NEWLEADER 0x200000000/m);
    expect(stdout).toMatch(/^with bugs +ackBeforeLog \(ZOOKEEPER-3911\)$/m);
    expect(stdout).toMatch(
      /^repeat with +npx vivarium run more\.json --seed 1 --bug ackBeforeLog$/m,
    );
    const quiet = vivarium(["run", file, "--quiet", "--bug", "ackBeforeLog"]);
    expect(quiet.stdout).toContain('FAILED  "honest acknowledgements" is broken');
  });

  test("a bug that the scenario asks for, as JSON, and replayed", () => {
    const file = write("bug.json", { ...THREE_HAS_MORE, bugs: ["ackBeforeLog"] });
    const args = ["run", file, "--json", "--trace", "bug.trace", "--bug", "feOrder"];
    const { status, stdout } = vivarium([...args, "--bug", "ackBeforeLog"]);
    expect(status).toBe(1);
    const report = JSON.parse(stdout) as { violation: { causes: object[] } };
    expect(report).toMatchObject({
      bugs: ["ackBeforeLog", "feOrder"],
      outcome: "failed",
      stop: { kind: "property" },
      violation: {
        property: "honest acknowledgements",
        zxids: ["0x100000001", "0x100000002"],
      },
    });
    expect(report.violation.causes.length).toBeGreaterThan(1);
    expect(vivarium(["replay", "bug.trace"]).status).toBe(0);
  });

  test("without checks only what the scenario expects counts", () => {
    const file = write("unchecked.json", { ...THREE_HAS_MORE, bugs: ["ackBeforeLog"] });
    const { status, stdout } = vivarium(["run", file, "--no-check"]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^result +passed$/m);
    expect(stdout).toMatch(/^repeat with +npx vivarium run unchecked\.json --seed 1 --no-check$/m);
  });

  test("a zoo.cfg beside the scenario", () => {
    mkdirSync(join(dir, "conf"), { recursive: true });
    write(
      "conf/zoo.cfg",
      "tickTime=2000\ninitLimit=10\nsyncLimit=5\ndataDir=/d\nserver.1=a:1:2\nserver.2=b:1:2\n",
    );
    const file = write("conf/two.json", {
      ...SOUND,
      ensemble: { zooCfgFile: "zoo.cfg" },
      expect: [{ end: { leader: 2 } }],
    });
    expect(vivarium(["run", file]).status).toBe(0);
    write("conf/zoo.cfg", "tickTime=abc\n");
    const { status, stderr } = vivarium(["run", file]);
    expect(status).toBe(2);
    expect(stderr).toContain("conf/two.json: ensemble.zooCfg: zoo.cfg:1: tickTime");
  });

  test("a file whose name a shell would take apart", () => {
    const { stdout } = vivarium(["run", write("it's mine.json", SOUND)]);
    expect(stdout).toMatch(/^repeat with +npx vivarium run 'it'\\''s mine\.json' --seed 1$/m);
  });
});

describe("colours", () => {
  const ESCAPE = "\u001b[";

  test.each<[string, readonly string[], Record<string, string>, boolean]>([
    ["none where there is no terminal", [], {}, false],
    ["on a build machine, which is no terminal", [], { CI: "true" }, false],
    ["FORCE_COLOR", [], { FORCE_COLOR: "1" }, true],
    ["FORCE_COLOR=0", [], { FORCE_COLOR: "0" }, false],
    ["NO_COLOR wins over FORCE_COLOR", [], { FORCE_COLOR: "1", NO_COLOR: "1" }, false],
    ["--no-color wins over FORCE_COLOR", ["--no-color"], { FORCE_COLOR: "1" }, false],
  ])("%s", (_, args, env, coloured) => {
    const { stdout } = vivarium(["run", "ensemble-of-1", ...args], env);
    expect(stdout.includes(ESCAPE)).toBe(coloured);
  });

  test("never in JSON, and words say the same without", () => {
    expect(vivarium(["run", "ensemble-of-1", "--json"], { FORCE_COLOR: "1" }).stdout).not.toContain(
      ESCAPE,
    );
    const coloured = vivarium(["run", "ensemble-of-1"], { FORCE_COLOR: "1" }).stdout;
    const plain = vivarium(["run", "ensemble-of-1"]).stdout;
    const parts = coloured.split(ESCAPE);
    const words = parts.map((part, i) => (i === 0 ? part : part.replace(/^\d+m/, "")));
    expect(words.join("")).toBe(plain);
  });
});

describe("traces", () => {
  function trace(name: string): string[] {
    return readFileSync(join(dir, name), "utf8").trimEnd().split("\n");
  }

  test("one that was saved agrees when it is replayed", () => {
    expect(
      vivarium(["run", "leader-crash", "--seed", "4", "--quiet", "--trace", "a.trace"]).status,
    ).toBe(0);
    const [header = "", ...records] = trace("a.trace");
    expect(JSON.parse(header)).toMatchObject({
      format: "vivarium-trace",
      version: 1,
      vivarium: VERSION,
      seed: 4,
      records: records.length,
    });
    const { status, stdout, stderr } = vivarium(["replay", "a.trace"]);
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^agrees: leader-crash, seed 4: all \d+ records, hash [0-9a-f]{16}\n$/);
    expect(JSON.parse(vivarium(["replay", "a.trace", "--json"]).stdout)).toMatchObject({
      agrees: true,
      difference: null,
    });
  });

  test("one that was stopped early, and one that failed, agree too", () => {
    vivarium(["run", "five-at-once", "--until", "#100", "--trace", "part.trace"]);
    expect(vivarium(["replay", "part.trace"]).status).toBe(0);
    const file = write("never.json", { ...SOUND, expect: [{ never: { leader: 3 } }] });
    expect(vivarium(["run", file, "--trace", "failed.trace"]).status).toBe(1);
    expect(vivarium(["replay", "failed.trace"]).status).toBe(0);
  });

  test("a tampered one: the first record that differs, with both sides", () => {
    vivarium(["run", "five-at-once", "--quiet", "--trace", "b.trace"]);
    const lines = trace("b.trace");
    const [line = ""] = lines.splice(42, 1);
    const tampered = line.replace(/"time":(\d+)/, '"time":777');
    lines.splice(42, 0, tampered);
    write("b.trace", lines.join("\n"));
    const { status, stdout } = vivarium(["replay", "b.trace"]);
    expect(status).toBe(1);
    expect(stdout).toContain("the first difference is at record 41\n");
    expect(stdout).toContain(`in the file: ${tampered}\n`);
    expect(stdout).toContain(`now:         ${line}\n`);
  });

  test("one that ends too early, one that is too long, one with another hash", () => {
    vivarium(["run", "five-at-once", "--quiet", "--trace", "c.trace"]);
    const lines = trace("c.trace");
    write("short.trace", lines.slice(0, 30).join("\n"));
    expect(vivarium(["replay", "short.trace"]).stdout).toContain(
      "the first difference is at record 29\n  in the file: (the file ends here)\n",
    );
    write("long.trace", [...lines, "{}"].join("\n"));
    expect(vivarium(["replay", "long.trace"]).stdout).toContain(
      "now:         (the run ends here)\n",
    );
    const header = (lines[0] ?? "").replace(/"hash":"."/, '"hash":"x');
    write("hash.trace", [header.replace(/"hash":"./, '"hash":"x'), ...lines.slice(1)].join("\n"));
    const { status, stdout } = vivarium(["replay", "hash.trace"]);
    expect(status).toBe(1);
    expect(stdout).toContain("every record agrees, but the header's hash is x");
  });

  test("one of another version says so", () => {
    vivarium(["run", "ensemble-of-1", "--quiet", "--trace", "d.trace"]);
    const lines = trace("d.trace");
    const header = JSON.parse(lines[0] ?? "") as object;
    write(
      "d.trace",
      [JSON.stringify({ ...header, version: 9, vivarium: "7.0.0" }), ...lines.slice(1)].join("\n"),
    );
    expect(vivarium(["replay", "d.trace"])).toEqual({
      status: 2,
      stdout: "",
      stderr: `d.trace: expected a trace of version 1, got 9; it was written by vivarium 7.0.0, and this is ${VERSION}.\n`,
    });
  });

  test("nothing is left behind when the run does not take place or the file can't be written", () => {
    const before = readdirSync(dir).length;
    expect(vivarium(["run", "no-such-scenario", "--trace", "e.trace"]).status).toBe(2);
    expect(vivarium(["run", "ensemble-of-1", "--trace", "no/such/dir/e.trace"]).status).toBe(2);
    expect(vivarium(["run", "ensemble-of-1", "--seed", "x", "--trace", "e.trace"]).status).toBe(2);
    expect(readdirSync(dir)).toHaveLength(before);
  });
});

describe("bad input: one message, no stack trace, exit 2", () => {
  test.each<[string, readonly string[], string]>([
    [
      "a seed",
      ["run", "five-in-order", "--seed", "abc"],
      '--seed: expected a whole number from 0 to 2147483647, got "abc".',
    ],
    [
      "a bug",
      ["run", "five-in-order", "--bug", "feOrdr"],
      '--bug: there is no bug "feOrdr". Did you mean "feOrder"? "vivarium bugs" shows all.',
    ],
    [
      "a bug of a standalone server",
      ["run", "session-expires", "--bug", "feOrder"],
      "--bug: bugs: does not go with a standalone server, which has nobody to agree with.",
    ],
    [
      "a negative seed",
      ["run", "five-in-order", "--seed=-1"],
      '--seed: expected a whole number from 0 to 2147483647, got "-1".',
    ],
    [
      "a large seed",
      ["run", "five-in-order", "--seed", "99999999999"],
      '--seed: expected a whole number from 0 to 2147483647, got "99999999999".',
    ],
    [
      "a moment",
      ["run", "five-in-order", "--until", "soon"],
      '--until: expected a moment such as 12s or 250ms, or an event such as #500, got "soon".',
    ],
    [
      "a scenario",
      ["run", "five-in-oder"],
      'there is no scenario "five-in-oder" in the library, and no such file. Did you mean "five-in-order"? "vivarium list" shows all.',
    ],
    [
      "a file that is not there",
      ["run", "nope.json"],
      "nope.json: can't be read: there is no such file or directory.",
    ],
    ["a directory", ["run", "."], ".: expected a file, got a directory."],
    [
      "a group",
      ["list", "--group", "netwrk"],
      '--group: expected one of election, ensemble, network, recovery, service, zab, got "netwrk". Did you mean "network"?',
    ],
    [
      "a trace path in no directory",
      ["run", "five-in-order", "--trace", "no/such.trace"],
      "--trace: no/such.trace: can't be written: there is no such file or directory.",
    ],
    [
      "a trace path that is a directory",
      ["run", "five-in-order", "--trace", "."],
      "--trace: .: expected a file, got a directory.",
    ],
    [
      "a trace that is not there",
      ["replay", "nope.trace"],
      "nope.trace: can't be read: there is no such file or directory.",
    ],
    ["a command", ["rnu"], "error: unknown command 'rnu'\n(Did you mean run?)"],
    [
      "an option",
      ["run", "five-in-order", "--sede", "1"],
      "error: unknown option '--sede'\n(Did you mean --seed?)",
    ],
    ["a missing argument", ["run"], "error: missing required argument 'scenario'"],
    [
      "a missing value",
      ["run", "five-in-order", "--seed"],
      "error: option '--seed <number>' argument missing",
    ],
    [
      "too many arguments",
      ["run", "a", "b"],
      "error: too many arguments for 'run'. Expected 1 argument but got 2.",
    ],
  ])("%s", (_, args, message) => {
    expect(vivarium(args)).toEqual({ status: 2, stdout: "", stderr: `${message}\n` });
  });

  test.each<[string, string | Uint8Array | object, string]>([
    ["empty.json", "", "empty.json:1:1: this is not valid JSON: expected a value."],
    [
      "comma.json",
      '{"name": "a",\n "title": "b",}',
      "comma.json:2:15: this is not valid JSON: expected a field's name in double quotes.",
    ],
    ["word.json", '{\n  "a": tru\n}', "word.json:2:8: this is not valid JSON: expected a value."],
    ["open.json", '{"a": [1, 2', 'open.json:1:12: this is not valid JSON: expected "," or "]".'],
    [
      "text.json",
      '{"a": "b\n"}',
      "text.json:1:9: this is not valid JSON: expected the end of the text in double quotes.",
    ],
    ["two.json", "{} {}", "two.json:1:4: this is not valid JSON: expected the end of the file."],
    ["list.json", "[]", "list.json: expected a scenario (an object), got []."],
    [
      "binary.json",
      Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 0),
      "binary.json: expected a text file in UTF-8, got binary data.",
    ],
    [
      "latin.json",
      Uint8Array.of(0x7b, 0xe9, 0x7d),
      "latin.json: expected a text file in UTF-8, got binary data.",
    ],
    [
      "huge.json",
      " ".repeat(10 * 1024 * 1024 + 1),
      "huge.json: expected at most 10 MiB, got 10485761 bytes.",
    ],
    [
      "crash.json",
      { ...SOUND, steps: [{ at: "4s", do: "crash", server: 9 }] },
      "crash.json: steps[0].server: there is no server 9; the ensemble has 1 to 3.",
    ],
    [
      "several.json",
      { ...SOUND, titel: "x", seed: "1", steps: [{ at: 0, do: "boot", server: "al" }] },
      'several.json: seed: expected a seed, a whole number from 0 to 2147483647, got "1".\n' +
        'several.json: steps[0].server: expected a server id, "leader", "all", or a list of server ids, got "al".\n' +
        'several.json: titel: there is no such field. Did you mean "title"?',
    ],
    [
      "nocfg.json",
      { ...SOUND, ensemble: { zooCfgFile: "none.cfg" } },
      "none.cfg: can't be read: there is no such file or directory.",
    ],
  ])("%s", (name, content, message) => {
    const { status, stdout, stderr } = vivarium(["run", write(name, content)]);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr.endsWith(`${message}\n`), stderr).toBe(true);
  });

  test("a trace that is none", () => {
    const expected =
      'expected a trace, whose first line has "format": "vivarium-trace"; ' +
      '"vivarium run SCENARIO --trace FILE" writes one.';
    expect(vivarium(["replay", write("no.trace", SOUND)])).toEqual({
      status: 2,
      stdout: "",
      stderr: `no.trace: ${expected}\n`,
    });
    expect(vivarium(["replay", write("none.trace", "")]).stderr).toBe(
      "none.trace: expected a trace, got an empty file.\n",
    );
  });
});

describe("help", () => {
  test("of every command has examples", () => {
    for (const command of ["list", "run", "replay", "bugs", "validate", "schema"]) {
      const { status, stdout } = vivarium([command, "--help"]);
      expect(status).toBe(0);
      expect(stdout).toContain(`Examples:\n  $ npx vivarium `);
    }
    expect(vivarium(["--help"]).stdout).toContain("$ npx vivarium run five-in-order");
  });

  test("no command at all: help, and exit 2", () => {
    const { status, stdout, stderr } = vivarium([]);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("Usage: vivarium");
  });
});

test("the schema is printed, and a file is validated without a run", () => {
  expect(vivarium(["validate", write("bad.json", { ...SOUND, seed: "1" })])).toEqual({
    status: 2,
    stdout: "",
    stderr: 'bad.json: seed: expected a seed, a whole number from 0 to 2147483647, got "1".\n',
  });
  expect(JSON.parse(vivarium(["schema"]).stdout)).toMatchObject({ title: "Vivarium scenario" });
  expect(vivarium(["validate", write("ok.json", SOUND)]).stdout).toBe(
    "ok.json: ok: sound, 1 step, 1 expectation\n",
  );
});

test("a reader that has seen enough ends it quietly", () => {
  const command = `"${process.execPath}" "${CLI}" run five-in-order --verbose | head -n 1`;
  const { stdout, stderr } = spawnSync("bash", ["-c", command], { encoding: "utf8" });
  expect(stdout).toBe("five-in-order: Five servers boot in order, and server 3 leads\n");
  expect(stderr).toBe("");
});
