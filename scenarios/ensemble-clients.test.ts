import { describe, expect, test } from "vitest";
import { parseScenario } from "./format/parse.ts";
import { formatProblem } from "./format/problem.ts";
import type { Predicate } from "./format/predicate.ts";
import type { Scenario } from "./format/scenario.ts";
import { runScenario } from "./run.ts";

/** Three servers and two clients, for changing one thing at a time. */
const SOUND: Scenario = {
  name: "sound",
  title: "Clients of an ensemble",
  ensemble: { size: 3 },
  clients: { alice: { startOn: 1 }, bob: { servers: [2, 3], startOn: 2 } },
  steps: [
    { at: 0, do: "boot", server: "all" },
    { when: { leader: 3, settled: true }, do: "boot", client: "all" },
    {
      when: { settled: true },
      do: "create",
      client: "alice",
      path: "/a",
      data: "1",
      label: "write",
    },
  ],
};

function problemsOf(data: unknown): string[] {
  const parsed = parseScenario(data);
  return parsed.ok ? [] : parsed.problems.map((problem) => formatProblem(problem));
}

function withStep(step: object): object {
  return { ...SOUND, steps: [...SOUND.steps, step] };
}

function withEnd(predicate: object): object {
  return { ...SOUND, expect: [{ end: predicate }] };
}

function withClient(client: object): object {
  return { ...SOUND, clients: { alice: {}, bob: client } };
}

function run(steps: readonly Scenario["steps"][number][], more: Partial<Scenario> = {}) {
  const scenario: Scenario = { ...SOUND, steps: [...SOUND.steps, ...steps], ...more };
  expect(problemsOf(scenario)).toEqual([]);
  return runScenario(scenario);
}

test("the scenario that is changed below is a right one", () => {
  expect(problemsOf(SOUND)).toEqual([]);
  expect(runScenario(SOUND).outcome).toBe("passed");
});

const ZOO_CFG =
  "tickTime=2000\ninitLimit=10\nsyncLimit=5\ndataDir=/d\nserver.1=a:1:2\nserver.2=b:1:2\n";

describe("what is no scenario", () => {
  test.each<[string, object, string]>([
    [
      "a server that is not there",
      withClient({ servers: [2, 7] }),
      "clients.bob.servers[1]: there is no server 7; the ensemble has 1 to 3.",
    ],
    [
      "a server twice",
      withClient({ servers: [2, 2] }),
      "clients.bob.servers[1]: 2 is named twice.",
    ],
    [
      "no server",
      withClient({ servers: [] }),
      "clients.bob.servers: expected at least one server id, got [].",
    ],
    [
      "servers said twice",
      withClient({ servers: [2], connectTo: "zoo2:2181" }),
      "clients.bob.servers: does not go with connectTo, which names servers too.",
    ],
    [
      "a start on a server that the client does not know",
      withClient({ servers: [2], startOn: 3 }),
      "clients.bob.startOn: expected one of the servers that it knows, got 3.",
    ],
    [
      "a start on a server that is not there",
      withClient({ startOn: 9 }),
      "clients.bob.startOn: there is no server 9; the ensemble has 1 to 3.",
    ],
    [
      "a connect string to nobody",
      withClient({ connectTo: "zoo9:2181" }),
      "clients.bob.connectTo: names no server that is there; the servers are zoo1:2181, zoo2:2181, zoo3:2181.",
    ],
    [
      "servers without a port for clients",
      { ...SOUND, ensemble: { zooCfg: ZOO_CFG }, clients: { alice: {}, bob: {} } },
      "clients: no server of this ensemble has a clientPort, so no client reaches it.",
    ],
    [
      "a link to a client that is not there",
      withStep({ at: 0, do: "cut", from: ["bobby"], to: [1] }),
      'steps[3].from[0]: there is no client "bobby"; the clients are alice, bob. Did you mean "bob"?',
    ],
    [
      "a link between clients",
      withStep({ at: 0, do: "cut", from: ["bob"], to: ["alice"] }),
      "steps[3].to: expected a server at one end; clients do not speak to one another.",
    ],
    [
      "a client in two groups",
      withStep({
        at: 0,
        do: "partition",
        groups: [
          [1, "alice"],
          [2, 3, "alice"],
        ],
      }),
      "steps[3].groups[1][2]: alice is in groups[0] already.",
    ],
    [
      "a special link of a client that is not there",
      { ...SOUND, network: { links: [{ from: ["carol"], to: [1], delay: "1ms" }] } },
      'network.links[0].from[0]: there is no client "carol"; the clients are alice, bob.',
    ],
    [
      "a phase that there is none of",
      withEnd({ phase: { "1": "recovery" } }),
      'expect[0].end.phase.1: expected one of "none", "discovery", "synchronization", "broadcast", got "recovery".',
    ],
    [
      "a way of synchronisation that there is none of",
      withEnd({ sync: { "1": { kind: "DIF" } } }),
      'expect[0].end.sync.1.kind: expected one of "none", "DIFF", "TRUNC", "SNAP", got "DIF". Did you mean "DIFF"?',
    ],
    [
      "a server that is like itself",
      withEnd({ same: { "2": "tree" } }),
      "expect[0].end.same.2: expected at least two servers.",
    ],
    [
      "a connection to a server that is not there",
      withEnd({ connectedTo: { alice: 4 } }),
      "expect[0].end.connectedTo.alice: there is no server 4; the ensemble has 1 to 3.",
    ],
    [
      "znodes on a server that is not there",
      withEnd({ nodesOn: { "5": { "/a": true } } }),
      "expect[0].end.nodesOn.5: there is no server 5; the ensemble has 1 to 3.",
    ],
  ])("%s", (_, data, message) => {
    expect(problemsOf(data)).toContain(message);
  });
});

describe("predicates on Zab", () => {
  const ok: Predicate = { settled: true };

  test.each<[string, Predicate, Predicate, string]>([
    [
      "phase",
      { phase: { all: "broadcast" } },
      { phase: { "3": "none" } },
      "3 is in the phase broadcast",
    ],
    ["serving", { serving: { all: true } }, { serving: { "1": false } }, "1 serves clients"],
    [
      "committed",
      { committed: { epoch: 1, counter: 3 } },
      { committed: "0x100000002" },
      "3 leads and has committed up to 0x100000003",
    ],
    [
      "nodes",
      { nodes: { "/a": { data: "1", version: 0 }, "/b": false } },
      { nodes: { "/a": "2" } },
      'on 1 /a holds "1"',
    ],
    [
      "nodesOn",
      { nodesOn: { "1,2": { "/a": "1" } } },
      { nodesOn: { "2": { "/b": true } } },
      "on 2 there is no /b",
    ],
    [
      "same",
      { same: { all: "tree" } },
      { not: { same: { all: "zxid" } } },
      "1, 2, 3 have the same last zxid",
    ],
    [
      "connectedTo",
      { connectedTo: { alice: 1, bob: 2 } },
      { connectedTo: { alice: "nobody" } },
      "alice is connected to 1",
    ],
    ["session", { session: { alice: "alive" } }, { session: { bob: "gone" } }, "is alive"],
    [
      "sync",
      { sync: { "3": "none" } },
      { sync: { "1": { kind: "DIFF", transactions: 5 } } },
      "1 was brought up to date by",
    ],
    [
      "logged",
      { logged: { "3": "0x100000003" } },
      { logged: { "3": "0x1" } },
      "3 has 0x100000003 on disk",
    ],
  ])("%s", (_, right, wrong, found) => {
    expect(run([], { for: "1s", expect: [{ end: { ...ok, ...right } }] }).outcome).toBe("passed");
    const { expectations } = run([], { for: "1s", expect: [{ end: wrong }] });
    expect(expectations[0]).toMatchObject({
      status: "failed",
      found: expect.stringContaining(found),
    });
    expect(expectations[0]?.expected).not.toContain("undefined");
  });

  test("of servers that are down, and trees that differ", () => {
    const { expectations } = run([{ when: ok, do: "crash", server: 1 }], {
      expect: [{ end: { same: { "1,2": "tree" } } }],
    });
    expect(expectations[0]).toMatchObject({ status: "failed", found: "1 is down" });
  });
});

describe("clients", () => {
  test("begin with the server that is named, whatever the seed", () => {
    for (let seed = 1; seed <= 10; seed++) {
      const { clients } = runScenario(SOUND, { seed });
      expect(clients.map(({ connectedTo }) => connectedTo)).toEqual([1, 2]);
    }
  });

  test("know all servers, or those that are named", () => {
    const { clients } = runScenario(SOUND);
    expect(clients.map(({ servers }) => servers.toSorted((a, b) => a - b))).toEqual([
      [1, 2, 3],
      [2, 3],
    ]);
  });

  test("move on when their server is gone, with their session", () => {
    const { clients, outcome } = run([
      { when: { settled: true }, do: "crash", server: 1 },
      { when: { clients: { alice: "CONNECTING" } }, do: "heal" },
    ]);
    expect(outcome).toBe("passed");
    expect(clients[0]).toMatchObject({ name: "alice", sessions: 1, state: "CONNECTED" });
    expect(clients[0]?.connectedTo).not.toBe(1);
  });

  test("are cut off, and settled does not wait for those that reach nobody", () => {
    const { clients, outcome } = run(
      [
        { when: { settled: true }, do: "cut", from: ["bob"], to: [2, 3] },
        { when: { clients: { bob: "CONNECTING" } }, do: "create", client: "alice", path: "/b" },
      ],
      { expect: [{ end: { nodes: { "/b": true }, connectedTo: { bob: "nobody" } } }] },
    );
    expect(outcome).toBe("passed");
    expect(clients[1]?.state).not.toBe("CONNECTED");
  });

  test("keep their links in a partition that does not name them, and go with the group that does", () => {
    const { outcome, problems, expectations } = run(
      [
        {
          when: { settled: true },
          do: "partition",
          groups: [
            [1, "alice"],
            [2, 3],
          ],
        },
        { when: { state: { "1": "LOOKING" } }, after: "10s", do: "heal", label: "healed" },
      ],
      {
        ensemble: { size: 3, tickTime: 500 },
        expect: [
          { always: { connectedTo: { bob: 2 } }, from: { step: "write" } },
          { within: "1min", that: { connectedTo: { alice: "nobody" } } },
        ],
      },
    );
    expect({ outcome, problems, expectations }).toMatchObject({ outcome: "passed" });
  });

  test("lose their connection when it is reset", () => {
    const { outcome } = run(
      [{ when: { settled: true }, do: "reset", between: ["alice", 1], label: "reset" }],
      {
        expect: [
          { within: "1s", of: "reset", that: { connectedTo: { alice: "nobody" } } },
          { end: { sessions: { alice: 1 } } },
        ],
        for: "3s",
      },
    );
    expect(outcome).toBe("passed");
  });
});
