import { expect, test } from "vitest";
import type { TraceRecord } from "../../sim/kernel/trace.ts";
import type { Fact } from "./fact.ts";
import { Links } from "./links.ts";

const [ALICE, BOB] = [1001, 1002];

/** What is told of links between three servers and two clients that are cut, both ways. */
function islands(...cut: readonly (readonly [number, number])[]): readonly (readonly number[])[] {
  const links = new Links([1, 2, 3], [ALICE, BOB]);
  for (const [index, [from, to]] of cut
    .flatMap(([a, b]) => [[a, b] as const, [b, a] as const])
    .entries()) {
    const record: TraceRecord = {
      index,
      time: 0,
      kind: "link",
      server: from,
      cause: -1,
      fields: { from, to, change: "cut" },
    };
    links.add(record);
  }
  const fact = links.take() as Extract<Fact, { kind: "links" }>;
  return fact.islands;
}

test.each<[string, [number, number][], number[][]]>([
  ["servers that are joined by others", [[1, 2]], [[1, 2, 3, ALICE, BOB]]],
  [
    "clients join no servers, and belong to neither side when they reach both",
    [
      [1, 2],
      [1, 3],
    ],
    [[1], [2, 3]],
  ],
  [
    "a client that is cut off from the other side belongs to its own",
    [
      [1, 2],
      [1, 3],
      [ALICE, 2],
      [ALICE, 3],
      [BOB, 1],
    ],
    [
      [1, ALICE],
      [2, 3, BOB],
    ],
  ],
  [
    "a client that reaches nobody is alone",
    [
      [BOB, 1],
      [BOB, 2],
      [BOB, 3],
    ],
    [[1, 2, 3, ALICE], [BOB]],
  ],
])("%s", (_, cut, expected) => {
  expect(islands(...cut)).toEqual(expected);
});
