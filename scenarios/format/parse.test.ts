import { describe, expect, test } from "vitest";
import { BUGS } from "../../core/server/bugs.ts";
import { parseScenario } from "./parse.ts";
import { formatProblem } from "./problem.ts";

/** A scenario with nothing wrong in it, for changing one thing at a time. */
const SOUND = {
  name: "sound",
  title: "Nothing wrong",
  ensemble: { size: 5 },
  steps: [{ at: 0, do: "boot", server: "all" }],
};

const ZOO_CFG = "tickTime=2000\ninitLimit=10\nsyncLimit=5\ndataDir=/d\n";

function problemsOf(data: unknown): string[] {
  const parsed = parseScenario(data);
  return parsed.ok ? [] : parsed.problems.map((problem) => formatProblem(problem));
}

function withStep(step: object): object {
  return { ...SOUND, steps: [...SOUND.steps, step] };
}

function withExpectation(expectation: object): object {
  return { ...SOUND, steps: [{ ...SOUND.steps[0], label: "up" }], expect: [expectation] };
}

test("a sound scenario passes and stays what it is", () => {
  const parsed = parseScenario(SOUND);
  expect(parsed).toEqual({ ok: true, scenario: SOUND });
});

test("all problems are reported, not only the first", () => {
  expect(problemsOf({ ...SOUND, seed: "abc", titel: "x", disk: "sdd" })).toHaveLength(3);
  const { title, ...untitled } = SOUND;
  expect(problemsOf({ ...untitled, titel: title })).toEqual([
    'titel: there is no such field. Did you mean "title"?',
  ]);
});

describe("form", () => {
  test.each<[string, unknown, string]>([
    ["no object", 7, "expected a scenario (an object), got 7."],
    ["null", null, "expected a scenario (an object), got null."],
    ["a list", [], "expected a scenario (an object), got []."],
    [
      "a misspelt field",
      { ...SOUND, titel: "x" },
      'titel: there is no such field. Did you mean "title"?',
    ],
    [
      "a missing field",
      { ...SOUND, title: undefined },
      "title: expected a text, but it is missing.",
    ],
    [
      "a name with blanks",
      { ...SOUND, name: "a b" },
      'name: expected a short name in lower case, digits and dashes, got "a b".',
    ],
    [
      "a negative seed",
      { ...SOUND, seed: -1 },
      "seed: expected a seed, a whole number from 0 to 2147483647, got -1.",
    ],
    [
      "a group",
      { ...SOUND, group: "elections" },
      'group: expected one of "election", "ensemble", "network", "recovery", "service", "zab", got "elections". Did you mean "election"?',
    ],
    [
      "a bug",
      { ...SOUND, bugs: ["noPromise", "feorder"] },
      `bugs[1]: expected one of ${BUGS.map(({ name }) => `"${name}"`).join(", ")}, got "feorder". Did you mean "feOrder"?`,
    ],
    [
      "bugs as a text",
      { ...SOUND, bugs: "feOrder" },
      'bugs: expected a list of bugs, got "feOrder".',
    ],
    [
      "no steps",
      { ...SOUND, steps: [] },
      "steps: expected at least one step, since nothing boots by itself, got [].",
    ],
    [
      "an unknown action",
      withStep({ at: 0, do: "crsh", server: 1 }),
      "steps[1].do: expected one of boot, crash, restart, pause, resume, wipe, cut, mend, clog, unclog, partition, heal, " +
        "reset, link, messageFaults, create, delete, set, get, exists, ls, sync, getAcl, setAcl, addWatch, addAuth, " +
        'setQuota, multi, close, got "crsh". Did you mean "crash"?',
    ],
    [
      "an action's misspelt field",
      withStep({ at: 0, do: "crash", sever: 1 }),
      'steps[1].sever: there is no such field. Did you mean "server"?',
    ],
    [
      "a disk to wipe, but no server",
      withStep({ at: 0, do: "wipe" }),
      'steps[1].server: expected a server id, "leader", "all", or a list of server ids, but it is missing.',
    ],
    [
      "a negative time",
      withStep({ at: "-4s", do: "heal" }),
      'steps[1].at: expected a length of virtual time, up to a year, such as "4s", "250ms" or a number of milliseconds, got "-4s".',
    ],
    [
      "a profile",
      { ...SOUND, network: { profile: "lann" } },
      'network.profile: expected one of "zero", "loopback", "lan", "wan", "slow-disk", got "lann". Did you mean "lan"?',
    ],
    [
      "a chance above one",
      { ...SOUND, network: { loss: "200%" } },
      'network.loss: expected a percentage from "0%" to "100%", got "200%".',
    ],
    [
      "an expectation of no kind",
      withExpectation({ nevr: { leader: 1 } }),
      'expect[0].nevr: there is no such field. Did you mean "never"?',
    ],
    [
      "an unknown condition",
      withExpectation({ end: { leeder: 1 } }),
      'expect[0].end.leeder: there is no such field. Did you mean "leader"?',
    ],
    [
      "an empty predicate",
      withExpectation({ end: {} }),
      "expect[0].end: expected at least one condition, got {}.",
    ],
    [
      "a state",
      withExpectation({ end: { not: { state: { "1": "LOKING" } } } }),
      'expect[0].end.not.state.1: expected one of LOOKING, FOLLOWING, LEADING, OBSERVING, or a list of them, got "LOKING".',
    ],
    [
      "a key of servers",
      withExpectation({ end: { state: { one: "LOOKING" } } }),
      'expect[0].end.state: expected server ids such as "3" or "1,2,3", or "all", got "one".',
    ],
  ])("%s", (_, data, message) => {
    expect(problemsOf(data)).toEqual([message]);
  });

  test.each(["01", "-1", "a", "__proto__"])("%s is no server id", (id) => {
    const data: unknown = JSON.parse(
      `{"name": "a", "title": "b", "ensemble": {"size": 3}, "steps": [{"at": 0, "do": "heal"}], "servers": {"${id}": {}}}`,
    );
    expect(problemsOf(data)).toHaveLength(1);
  });

  test("nesting that would overflow the stack", () => {
    let predicate: object = { leader: 1 };
    for (let i = 0; i < 100_000; i++) predicate = { not: predicate };
    expect(problemsOf(withExpectation({ end: predicate }))).toEqual([
      "the scenario is nested more than 60 levels deep.",
    ]);
  });
});

describe("meaning", () => {
  test.each<[string, object, string]>([
    [
      "crash of server 9 of 5",
      withStep({ at: "4s", do: "crash", server: 9 }),
      "steps[1].server: there is no server 9; the ensemble has 1 to 5.",
    ],
    [
      "a server twice in a partition",
      withStep({
        at: 0,
        do: "partition",
        groups: [
          [1, 2],
          [2, 3],
        ],
      }),
      "steps[1].groups[1][0]: 2 is in groups[0] already.",
    ],
    [
      "a server twice in a list",
      withStep({ at: 0, do: "boot", server: [1, 2, 1] }),
      "steps[1].server[2]: 1 is named twice.",
    ],
    [
      "a link from a server to itself",
      withStep({ at: 0, do: "cut", from: [2], to: [2] }),
      "steps[1].to: expected another server than 2; both ends are one.",
    ],
    [
      "neither at nor when",
      withStep({ do: "heal" }),
      'steps[1]: expected "at" a moment, or "when" a predicate holds; it has neither.',
    ],
    [
      "both at and when",
      withStep({ at: 0, when: { settled: true }, do: "heal" }),
      'steps[1]: expected "at" or "when", got both; use "after" for a moment after "when".',
    ],
    [
      "after without when",
      withStep({ at: 0, after: "1s", do: "heal" }),
      'steps[1].after: is counted from "when", which this step does not have.',
    ],
    [
      "every with one server",
      withStep({ at: 0, do: "crash", server: 1, every: "1s" }),
      "steps[1].every: is the gap between several servers; this step has one.",
    ],
    [
      "bugs of a standalone server",
      { ...SOUND, ensemble: { standalone: {} }, bugs: ["feOrder"] },
      "bugs: does not go with a standalone server, which has nobody to agree with.",
    ],
    [
      "wiping the disk of whoever leads",
      withStep({ at: 0, do: "wipe", server: ["leader"] }),
      'steps[1].server: expected server ids, got "leader": who leads is running, and has to crash first.',
    ],
    [
      "booting whoever leads",
      withStep({ at: 0, do: "boot", server: "leader" }),
      'steps[1].server: expected server ids, got "leader": who leads is running already.',
    ],
    [
      "a label twice",
      {
        ...SOUND,
        steps: [
          { ...SOUND.steps[0], label: "a" },
          { at: 0, do: "heal", label: "a" },
        ],
      },
      'steps[1].label: steps[0] has the label "a" already.',
    ],
    [
      "a step after the end",
      { ...withStep({ at: "90s", do: "heal" }), until: "30s" },
      "steps[1].at: is 90s, later than the end of the run (until: 30s).",
    ],
    [
      "an end after the limit",
      { ...SOUND, until: "90s", limit: { time: "30s" } },
      "until: expected a moment within limit.time (30s), got 90s.",
    ],
    [
      "an unknown label",
      withExpectation({ within: "5s", of: "upp", that: { leader: 1 } }),
      'expect[0].of: no step has the label "upp". Did you mean "up"?',
    ],
    [
      "an unknown step",
      withExpectation({ always: { leader: 1 }, from: { step: 3 } }),
      "expect[0].from.step: expected a step from 0 to 0, got 3.",
    ],
    [
      "a predicate about a server that is not there",
      withExpectation({ end: { any: [{ votes: { "1,8": 9 } }] } }),
      "expect[0].end.any[0].votes.1,8: there is no server 8; the ensemble has 1 to 5.",
    ],
    [
      "a zxid above the accepted epoch",
      { ...SOUND, servers: { "1": { zxid: "0x300000001", currentEpoch: 2, acceptedEpoch: 2 } } },
      "servers.1.acceptedEpoch: expected at least 3, the epoch of the zxid 0x300000001, got 2; ZooKeeper would refuse to start.",
    ],
    [
      "the same, with a bug by which it does not start either",
      {
        ...SOUND,
        bugs: ["epochAfterSnapshot"],
        servers: { "1": { zxid: "0x300000001", currentEpoch: 2, acceptedEpoch: 2 } },
      },
      "servers.1.acceptedEpoch: expected at least 3, the epoch of the zxid 0x300000001, got 2; ZooKeeper would refuse to start.",
    ],
    [
      "a current epoch above the accepted one that follows from the zxid",
      { ...SOUND, servers: { "1": { zxid: "0x300000001", currentEpoch: 4 } } },
      "servers.1.acceptedEpoch: expected at least 4, the currentEpoch, got 3, the epoch of the zxid 0x300000001; ZooKeeper would refuse to start.",
    ],
    [
      "an accepted epoch below the current",
      { ...SOUND, servers: { "2": { acceptedEpoch: 1, currentEpoch: 4 } } },
      "servers.2.acceptedEpoch: expected at least 4, the currentEpoch, got 1; ZooKeeper would refuse to start.",
    ],
    [
      "a delay that falls",
      { ...SOUND, network: { delay: { from: "2ms", to: "1ms" } } },
      "network.delay: this delay does not rise.",
    ],
    [
      "groups that leave one out",
      { ...SOUND, ensemble: { servers: { "1": { group: 1 }, "2": {}, "3": { group: 1 } } } },
      "ensemble.servers.2.group: is missing: with groups or weights, every participant must be in a group.",
    ],
    [
      "a field of zoo.cfg that has its own",
      { ...SOUND, ensemble: { size: 3, properties: { tickTime: 5 } } },
      "ensemble.properties.tickTime: has a field of its own in the ensemble.",
    ],
    [
      "more than a line of zoo.cfg",
      { ...SOUND, ensemble: { size: 3, properties: { cnxTimeout: "1\nserver.9=a:1:2" } } },
      'ensemble.properties.cnxTimeout: expected a value on one line, got "1\\nserver.9=a:1:2".',
    ],
    [
      "two forms of an ensemble at once",
      { ...SOUND, ensemble: { size: 3, zooCfg: "x" } },
      "ensemble.size: does not go with the other fields here.",
    ],
    [
      "limits that add up to years",
      { ...SOUND, ensemble: { size: 3, tickTime: 2_000_000_000, initLimit: 2_000_000_000 } },
      "ensemble: initLimit · tickTime: expected 1 to 2147483647 ms, got 4000000000000000000.",
    ],
    [
      "a wait below a millisecond",
      { ...SOUND, ensemble: { size: 3, properties: { "fastleader.minNotificationInterval": -7 } } },
      "ensemble: fastleader.minNotificationInterval: expected 1 to 2147483647 ms, got -7.",
    ],
    [
      "an id that is no whole number here",
      {
        ...SOUND,
        ensemble: { zooCfg: `${ZOO_CFG}server.9223372036854775807=a:1:2\nserver.2=b:1:2\n` },
      },
      "ensemble.zooCfg: servers/1/id is 9223372036854775807; expected at most 2^53 − 1.",
    ],
    [
      "observers alone",
      { ...SOUND, ensemble: { servers: { "1": { type: "observer" } } } },
      "ensemble.servers: expected at least one participant; observers alone elect nobody.",
    ],
    [
      "a standalone server",
      { ...SOUND, ensemble: { zooCfg: `${ZOO_CFG}server.1=a:1:2\n` } },
      "ensemble.zooCfg: this zoo.cfg gives a standalone server, which elects nobody; for an ensemble of one, add standaloneEnabled=false.",
    ],
    [
      "more servers than a trace holds",
      {
        ...SOUND,
        ensemble: {
          zooCfg:
            ZOO_CFG + Array.from({ length: 32 }, (_, i) => `server.${i + 1}=h${i}:1:2\n`).join(""),
        },
      },
      "ensemble.zooCfg: expected at most 31 servers, got 32.",
    ],
  ])("%s", (_, data, message) => {
    expect(problemsOf(data)).toContain(message);
  });

  test("a zoo.cfg that is wrong: its line and key", () => {
    const zooCfg = `${ZOO_CFG.replace("2000", "abc")}server.1=a:1:2\n`;
    expect(problemsOf({ ...SOUND, ensemble: { zooCfg } }).join()).toMatch(
      /^ensemble\.zooCfg: zoo\.cfg:1: tickTime: "abc" is not/,
    );
  });
});
