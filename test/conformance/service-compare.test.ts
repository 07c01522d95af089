import { describe, expect, test } from "vitest";
import type { CaseEvent, CaseStat, StepResult } from "./service-case.ts";
import { compareStep } from "./service-compare.ts";

const STAT: CaseStat = {
  czxid: 3,
  mzxid: 4,
  version: 1,
  cversion: 0,
  aversion: 0,
  ephemeralOwner: 0,
  dataLength: 1,
  numChildren: 0,
  pzxid: 3,
};

describe("agree", () => {
  test.each<[string, StepResult, StepResult]>([
    ["the same", { err: 0, zxid: 4, stat: STAT }, { zxid: 4, err: 0, stat: { ...STAT } }],
    ["data spelled in another way", { data: "aaa" }, { data: { b64: "YWFh" } }],
    ["repeated data", { data: { repeat: "a", n: 3 } }, { data: { b64: "YWFh" } }],
    ["no data", { data: null }, { data: null }],
    [
      "identities in another order",
      { ids: [identity("ip"), identity("digest")] },
      { ids: [identity("digest"), identity("ip")] },
    ],
    ["children in another order", { children: ["b", "a"] }, { children: ["a", "b"] }],
    [
      "what came before a reply that did not come",
      { replies: [{ closed: true, eventsBefore: 2 }] },
      { replies: [{ closed: true }] },
    ],
    [
      "events of different connections in another order",
      { events: [deleted("s1", "/a"), deleted("s2", "/a")] },
      { events: [deleted("s2", "/a"), deleted("s1", "/a")] },
    ],
    [
      "events of one session close in another order",
      { events: [deleted("w", "/a"), deleted("w", "/b"), deleted("w", "/c")] },
      { events: [closing("/c", 9), closing("/a", 9), closing("/b", 9)] },
    ],
  ])("%s", (_, recorded, found) => {
    expect(differences(recorded, found)).toEqual([]);
  });
});

describe("differ", () => {
  test.each(Object.keys(STAT) as (keyof CaseStat)[])("the Stat's %s", (field) => {
    const found = { stat: { ...STAT, [field]: 77 } };
    expect(differences({ stat: STAT }, found)).toEqual([
      `step 3 (s1 getData): stat.${field}: recorded ${STAT[field]}, found 77`,
    ]);
  });

  test.each<[string, StepResult, StepResult, string]>([
    ["an error code", { err: -101 }, { err: -102 }, "err: recorded -101, found -102"],
    ["a zxid", { zxid: 4 }, { zxid: 5 }, "zxid: recorded 4, found 5"],
    ["a missing field", { path: "/a" }, {}, 'path: recorded "/a", found nothing'],
    ["a field too many", {}, { path: "/a" }, 'path: recorded nothing, found "/a"'],
    ["a missing close", { closed: true }, {}, "closed: recorded true, found nothing"],
    [
      "a connection that stayed open",
      { closedConns: ["s1", "s2"] },
      { closedConns: ["s2"] },
      'closedConns: recorded ["s1","s2"], found ["s2"]',
    ],
    [
      "a child",
      { children: ["a", "b"] },
      { children: ["a", "c"] },
      'children: recorded ["a","b"], found ["a","c"]',
    ],
    [
      "data",
      { data: "aaa" },
      { data: "aab" },
      'data: recorded "aaa" (3 bytes), found "aab" (3 bytes)',
    ],
    [
      "empty data for none",
      { data: null },
      { data: "" },
      'data: recorded null, found "" (0 bytes)',
    ],
    [
      "an entry of an ACL",
      { acl: [{ perms: 31, scheme: "world", id: "anyone" }] },
      { acl: [{ perms: 1, scheme: "world", id: "anyone" }] },
      "acl[0].perms: recorded 31, found 1",
    ],
    [
      "a result of a multi",
      { results: [{ op: "error", err: 0, hdrErr: 0 }] },
      { results: [{ op: "error", err: 0, hdrErr: -2 }] },
      "results[0].hdrErr: recorded 0, found -2",
    ],
    [
      "the number of results",
      { results: [{ op: "delete" }] },
      { results: [{ op: "delete" }, { op: "check" }] },
      "results: recorded 1 entries, found 2",
    ],
    [
      "how many events came before a reply of a pipeline",
      { replies: [{ err: 0, eventsBefore: 1 }] },
      { replies: [{ err: 0, eventsBefore: 0 }] },
      "replies[0].eventsBefore: recorded 1, found 0",
    ],
    ["bytes left over", { extraBytes: "00" }, {}, 'extraBytes: recorded "00", found nothing'],
    [
      "a broken reply",
      {},
      { malformed: "no reply" },
      'malformed: recorded nothing, found "no reply"',
    ],
    [
      "a missing event",
      { events: [deleted("s1", "/a"), deleted("s1", "/b")] },
      { events: [deleted("s1", "/a")] },
      "events to s1: recorded NodeDeleted /a, NodeDeleted /b, found NodeDeleted /a",
    ],
    [
      "an event too many",
      {},
      { events: [deleted("s2", "/a")] },
      "events to s2: recorded none, found NodeDeleted /a",
    ],
    [
      "an event to another connection",
      { events: [deleted("s1", "/a")] },
      { events: [deleted("s1", "/a"), deleted("s2", "/a")] },
      "events to s2: recorded none, found NodeDeleted /a",
    ],
    [
      "an order of events",
      { events: [deleted("s1", "/a"), deleted("s1", "/b")] },
      { events: [deleted("s1", "/b"), deleted("s1", "/a")] },
      "events to s1: recorded NodeDeleted /a, NodeDeleted /b, found NodeDeleted /b, NodeDeleted /a",
    ],
    [
      "an event on the other side of the reply",
      { events: [{ ...deleted("s1", "/a"), before: true }] },
      { events: [deleted("s1", "/a")] },
      "events to s1: recorded NodeDeleted /a (before the reply), found NodeDeleted /a",
    ],
    [
      "the state of an event",
      { events: [deleted("s1", "/a")] },
      { events: [{ ...deleted("s1", "/a"), state: 5 }] },
      "events to s1: recorded NodeDeleted /a, found NodeDeleted /a (state 5)",
    ],
    [
      "events of two session closes",
      { events: [deleted("w", "/a"), deleted("w", "/b")] },
      { events: [closing("/b", 8), closing("/a", 9)] },
      "events to w: recorded NodeDeleted /a, NodeDeleted /b, found NodeDeleted /b, NodeDeleted /a",
    ],
  ])("%s", (_, recorded, found, difference) => {
    expect(differences(recorded, found)).toEqual([`step 3 (s1 getData): ${difference}`]);
  });
});

function differences(recorded: StepResult, found: StepResult): string[] {
  return compareStep({ s: "s1", op: "getData", result: recorded }, 3, found);
}

function deleted(to: string, path: string): CaseEvent {
  return { to, type: "NodeDeleted", path };
}

function closing(path: string, close: number): CaseEvent {
  return { ...deleted("w", path), close };
}

function identity(scheme: string): { scheme: string; user: string } {
  return { scheme, user: "u" };
}
