import { expect, test } from "vitest";
import { parseScenario } from "./parse.ts";
import { formatProblem } from "./problem.ts";

function problemsOf(expectation: object): string[] {
  const parsed = parseScenario({
    name: "expects",
    title: "Something is expected",
    ensemble: { size: 3 },
    clients: { alice: {} },
    steps: [{ at: 0, do: "boot", server: "all" }],
    expect: [expectation],
  });
  return parsed.ok ? [] : parsed.problems.map((problem) => formatProblem(problem));
}

test.each<[object, string]>([
  [{ end: { phase: {} } }, "expect[0].end.phase: expected at least one server, got {}."],
  [{ end: { same: {} } }, "expect[0].end.same: expected at least one server, got {}."],
  [{ end: { sessions: {} } }, "expect[0].end.sessions: expected at least one client, got {}."],
  [{ end: { nodes: {} } }, "expect[0].end.nodes: expected at least one path, got {}."],
  [
    { end: { nodesOn: { "1": {} } } },
    "expect[0].end.nodesOn.1: expected at least one path, got {}.",
  ],
  [
    { end: { nodesOn: { "1": { a: false } } } },
    'expect[0].end.nodesOn.1.a: expected a path that begins with "/", and does not end with it.',
  ],
  [
    { end: { nodes: { "/a/": false } } },
    'expect[0].end.nodes./a/: expected a path that begins with "/", and does not end with it.',
  ],
  [
    { end: { nodes: { "/a": {} } } },
    "expect[0].end.nodes./a: expected at least one field, got {}.",
  ],
  [{ end: { same: { "1,1": "tree" } } }, "expect[0].end.same.1,1: expected at least two servers."],
  [{ end: { same: { "1,2,1": "tree" } } }, "expect[0].end.same.1,2,1: names a server twice."],
  [{ end: { all: [] } }, "expect[0].end.all: expected at least one predicate, got []."],
  [{ never: { any: [] } }, "expect[0].never.any: expected at least one predicate, got []."],
  [
    { end: { not: { all: [{ any: [] }] } } },
    "expect[0].end.not.all[0].any: expected at least one predicate, got [].",
  ],
  [{ end: { sync: { "1": {} } } }, "expect[0].end.sync.1: expected at least one field, got {}."],
  [{ end: { votes: { "1": {} } } }, "expect[0].end.votes.1: expected at least one field, got {}."],
  [
    { never: { state: { "1": [] } } },
    "expect[0].never.state.1: expected at least one state, got [].",
  ],
  [
    { never: { clients: { alice: [] } } },
    "expect[0].never.clients.alice: expected at least one state, got [].",
  ],
])("%j would hold whatever happens", (expectation, problem) => {
  expect(problemsOf(expectation)).toEqual([problem]);
});

test("what is empty and yet says something is fine", () => {
  expect(problemsOf({ end: { events: { alice: [] }, nodes: { "/": { children: [] } } } })).toEqual(
    [],
  );
});
