import { describe, expect, test } from "vitest";
import { parseScenario } from "./format/parse.ts";
import { formatProblem } from "./format/problem.ts";
import type { Scenario } from "./format/scenario.ts";
import { runScenario } from "./run.ts";

/** A standalone server with one client, for changing one thing at a time. */
const SOUND: Scenario = {
  name: "sound",
  title: "A server and a client",
  ensemble: { standalone: { tickTime: 1000 } },
  clients: { alice: {} },
  steps: [
    { at: 0, do: "boot", server: 1 },
    { when: { settled: true }, do: "boot", client: "alice" },
  ],
};

const ZOO_CFG = "tickTime=2000\ninitLimit=10\nsyncLimit=5\ndataDir=/d\nclientPort=2181\n";

function problemsOf(data: unknown): string[] {
  const parsed = parseScenario(data);
  return parsed.ok ? [] : parsed.problems.map((problem) => formatProblem(problem));
}

function withStep(step: object): object {
  return { ...SOUND, steps: [...SOUND.steps, step] };
}

function withEnd(predicate: object): object {
  const steps = [
    ...SOUND.steps,
    { when: { settled: true }, do: "get", client: "alice", path: "/", label: "read" },
  ];
  return { ...SOUND, steps, expect: [{ end: predicate }] };
}

function run(steps: readonly Scenario["steps"][number][], more: Partial<Scenario> = {}) {
  const scenario: Scenario = { ...SOUND, steps: [...SOUND.steps, ...steps], ...more };
  expect(problemsOf(scenario)).toEqual([]);
  return runScenario(scenario);
}

describe("what is no scenario", () => {
  test.each<[string, object, string]>([
    [
      "a client that is not there",
      withStep({ at: 0, do: "create", client: "alise", path: "/a" }),
      'steps[2].client: there is no client "alise"; the clients are alice. Did you mean "alice"?',
    ],
    [
      "a crash of a client that is not there",
      withStep({ at: 0, do: "crash", client: ["alice", "bob"] }),
      'steps[2].client[1]: there is no client "bob"; the clients are alice.',
    ],
    [
      "both a server and a client",
      withStep({ at: 0, do: "crash", client: "alice", server: 1 }),
      "steps[2].client: does not go with server: a step is done to one or the other.",
    ],
    [
      "neither",
      withStep({ at: 0, do: "crash" }),
      'steps[2].server: expected a server id, "leader", "all", or a list of server ids, but it is missing.',
    ],
    [
      "a misspelt request",
      withStep({ at: 0, do: "creat", client: "alice", path: "/a" }),
      'steps[2].do: expected one of boot, crash, restart, pause, resume, wipe, cut, mend, clog, unclog, partition, heal, reset, link, messageFaults, create, delete, set, get, exists, ls, sync, getAcl, setAcl, addWatch, addAuth, setQuota, multi, close, got "creat". Did you mean "create"?',
    ],
    [
      "a misspelt mode",
      withStep({ at: 0, do: "create", client: "alice", path: "/a", mode: "ephemral" }),
      'steps[2].mode: expected one of "persistent", "ephemeral", "persistentSequential", "ephemeralSequential", "container", "persistentTTL", "persistentSequentialTTL", got "ephemral". Did you mean "ephemeral"?',
    ],
    [
      "a misspelt field of a request",
      withStep({ at: 0, do: "create", client: "alice", pth: "/a" }),
      'steps[2].pth: there is no such field. Did you mean "path"?',
    ],
    [
      "an operation that no multi has",
      withStep({ at: 0, do: "multi", client: "alice", ops: [{ do: "exists", path: "/a" }] }),
      'steps[2].ops[0].do: expected one of create, delete, set, check, get, ls, got "exists".',
    ],
    [
      "an ACL",
      withStep({ at: 0, do: "setAcl", client: "alice", path: "/a", acl: "world:r" }),
      'steps[2].acl: expected ACLs such as "world:anyone:r,digest:bob:hash:cdrwa": scheme, id and permissions, got "world:r".',
    ],
    [
      "a quota of the root",
      withStep({ at: 0, do: "setQuota", client: "alice", path: "/" }),
      'steps[2].path: expected a path such as "/a/b", got "/".',
    ],
    [
      "a name that means something else",
      { ...SOUND, clients: { all: {} } },
      'clients: expected a client\'s name: letters, digits and dashes, a letter first, and not all, any or leader, got "all".',
    ],
    [
      "a connect string to nobody",
      { ...SOUND, clients: { alice: { connectTo: "zoo2:2181" } } },
      "clients.alice.connectTo: names no server that is there; the standalone server is zoo1:2181.",
    ],
    [
      "a connect string that is none",
      { ...SOUND, clients: { alice: { connectTo: "zoo1:99999" } } },
      'clients.alice.connectTo: port out of range:99999 (in "zoo1:99999")',
    ],
    [
      "a session timeout below a millisecond",
      { ...SOUND, clients: { alice: { sessionTimeout: "0.5ms" } } },
      "clients.alice.sessionTimeout: expected whole milliseconds up to 2147483647, got 0.5ms.",
    ],
    [
      "a server that is not there",
      withStep({ at: 0, do: "crash", server: 2 }),
      "steps[2].server: there is no server 2; the standalone server is 1.",
    ],
    [
      "whoever leads",
      withStep({ at: 0, do: "crash", server: "leader" }),
      "steps[2].server: a standalone server has no leader; give its id.",
    ],
    [
      "a history on the disk",
      { ...SOUND, servers: { "1": { zxid: "0x5" } } },
      "servers.1.zxid: does not go with a standalone server, whose disk is empty.",
    ],
    [
      "a condition of elections",
      withEnd({ leader: "any" }),
      "expect[0].end.leader: is of ensembles; a standalone server elects nobody.",
    ],
    [
      "a condition of Zab",
      withEnd({ sync: { "1": "DIFF" } }),
      "expect[0].end.sync: is of ensembles; a standalone server elects nobody.",
    ],
    [
      "an outcome that there is none of",
      withEnd({ step: "read", outcome: "NoNod" }),
      'expect[0].end.outcome: expected "ok", "pending", or the name of an error such as "NoNode", got "NoNod". Did you mean "NoNode"?',
    ],
    [
      "an outcome of no step",
      withEnd({ outcome: "ok" }),
      'expect[0].end.outcome: is about a request; name its step: "step": LABEL.',
    ],
    [
      "an outcome of a step that is none",
      withEnd({ step: "reed", outcome: "ok" }),
      'expect[0].end.step: no step has the label "reed". Did you mean "read"?',
    ],
    [
      "an outcome of a step that asks for nothing",
      withEnd({ step: 0, outcome: "ok" }),
      'expect[0].end.step: expected a request of a client; this step is "boot".',
    ],
    [
      "a state of a client that is not there",
      withEnd({ clients: { bob: "CONNECTED" } }),
      'expect[0].end.clients.bob: there is no client "bob"; the clients are alice.',
    ],
    [
      "a property on two lines",
      { ...SOUND, ensemble: { standalone: { properties: { a: "1\nserver.1=a:1:2" } } } },
      'ensemble.standalone.properties.a: expected a value on one line, got "1\\nserver.1=a:1:2".',
    ],
    [
      "a zoo.cfg without a port for clients",
      { ...SOUND, ensemble: { zooCfg: ZOO_CFG.replace("clientPort=2181\n", "") } },
      "ensemble.zooCfg: this standalone server has no clientPort, so no client could reach it.",
    ],
  ])("%s", (_, data, message) => {
    expect(problemsOf(data)).toContain(message);
  });
});

describe("a zoo.cfg", () => {
  const boot = [{ at: 0, do: "boot", server: 4 }];

  test("of one server is standalone where clients use it, under the name of its line", () => {
    const data = {
      ...SOUND,
      ensemble: { zooCfg: `${ZOO_CFG}server.4=host:2888:3888\n` },
      clients: { alice: { connectTo: "host:2181" } },
      steps: boot,
    };
    expect(problemsOf(data)).toEqual([]);
    const { clients: _, ...alone } = data;
    expect(problemsOf(alone).join()).toContain("add standaloneEnabled=false");
  });

  test("without server lines is standalone in any case", () => {
    const { clients: _, ...alone } = SOUND;
    const data = { ...alone, ensemble: { zooCfg: ZOO_CFG }, steps: [SOUND.steps[0]] };
    expect(problemsOf(data)).toEqual([]);
  });
});

describe("requests", () => {
  test("of a client that was not started are a clear failure", () => {
    const steps: Scenario["steps"] = [
      { at: 0, do: "boot", server: 1 },
      { when: { settled: true }, do: "create", client: "alice", path: "/a" },
    ];
    const result = runScenario({ ...SOUND, steps });
    expect(result).toMatchObject({ outcome: "failed", stop: { kind: "step" } });
    expect(result.problems).toEqual([
      'steps[1] (create) can\'t be done: client alice is not running; boot it first: {"do": "boot", "client": "alice"}',
    ]);
  });

  test("of a client that is paused, and a second boot", () => {
    const when = { settled: true } as const;
    const paused = run([
      { when, do: "pause", client: "alice" },
      { at: "1s", do: "sync", client: "alice", path: "/" },
    ]);
    expect(paused.problems).toEqual(["steps[3] (sync) can't be done: client alice is paused"]);
    expect(run([{ when, do: "boot", client: "alice" }]).problems).toEqual([
      "steps[2] (boot) can't be done: client alice is running already",
    ]);
  });

  test("keep their order when they are made at once", () => {
    const { log, outcome } = run([
      { at: "2s", do: "create", client: "alice", path: "/a", data: "1" },
      { at: "2s", do: "set", client: "alice", path: "/a", data: "2" },
      { at: "2s", do: "get", client: "alice", path: "/a", label: "read" },
      { at: "2s", do: "delete", client: "alice", path: "/a", version: 1 },
      { at: "2s", do: "exists", client: "alice", path: "/a", label: "gone" },
    ]);
    expect(outcome).toBe("passed");
    expect(log.requests.map(({ op }) => op.kind)).toEqual([
      "create",
      "setData",
      "getData",
      "delete",
      "exists",
    ]);
  });

  test("of every kind come out as they should", () => {
    const when = { settled: true } as const;
    const client = "alice";
    const { steps, outcome, problems } = run([
      { when, do: "create", client, path: "/s-", mode: "persistentSequential" },
      { when, do: "create", client, path: "/t", mode: "persistentTTL", ttl: "1s" },
      { when, do: "addAuth", client, scheme: "digest", auth: "bob:secret" },
      { when, do: "setAcl", client, path: "/s-0000000000", acl: "auth::cdrwa,world:anyone:r" },
      { when, do: "getAcl", client, path: "/s-0000000000" },
      { when, do: "addWatch", client, path: "/s-0000000000" },
      { when, do: "exists", client, path: "/none" },
      { when, do: "create", client, path: "no path" },
      {
        when,
        do: "multi",
        client,
        ops: [
          { do: "ls", path: "/" },
          { do: "get", path: "/none" },
        ],
      },
      { when, do: "sync", client, path: "/" },
      { when, do: "close", client },
      { when, do: "get", client, path: "/" },
    ]);
    expect({ outcome, problems }).toEqual({ outcome: "passed", problems: [] });
    expect(steps.slice(2).map((step) => step.outcome)).toEqual([
      "ok",
      "Unimplemented",
      "ok",
      "ok",
      "ok",
      "ok",
      "NoNode",
      "IllegalArgument",
      "ok",
      "ok",
      "ok",
      "SessionExpired",
    ]);
  });

  test("that a crash leaves unanswered stay pending, and nobody waits for them", () => {
    const { steps, outcome } = run([
      { at: "2s", do: "crash", server: 1 },
      { at: "2s", do: "get", client: "alice", path: "/" },
      { at: "2s", do: "crash", client: "alice" },
      { at: "3s", do: "boot", server: 1 },
    ]);
    expect(outcome).toBe("passed");
    expect(steps[3]?.outcome).toBe("pending");
  });
});

test("an expectation that fails says what was found", () => {
  const { expectations } = run(
    [{ when: { settled: true }, do: "create", client: "alice", path: "/a", data: "1", label: "c" }],
    { expect: [{ end: { nodes: { "/a": { data: "2" } } } }] },
  );
  expect(expectations[0]).toMatchObject({
    status: "failed",
    expected: 'at the end /a holds "2"',
    found: '/a holds "1"',
  });
});
