import { expect, test } from "vitest";
import { NO_SESSION } from "../ids.ts";
import { zxid } from "../zxid.ts";
import { OPEN_ACL } from "./acl-cache.ts";
import { applyTxn, dataOf, newTree, statOf } from "./data-tree.ts";
import { checkQuota, closestQuota, limitsPath, statsPath } from "./quota.ts";
import { treeFromImage, treeImage } from "./snapshot.ts";
import { bytesOf, textOf } from "./text-bytes.ts";
import type { Txn } from "./txn.ts";
import { addDataWatch, newWatches } from "./watches.ts";

const OPTIONS = { extendedTypes: false };

function start() {
  const tree = newTree(OPTIONS);
  const watches = newWatches();
  const events: string[] = [];
  let last = 0;
  const apply = (txn: Txn) => {
    last++;
    const header = { sessionId: NO_SESSION, cxid: 0, zxid: zxid(last), time: last };
    return applyTxn(tree, watches, header, txn, (_, type, path) => events.push(`${type} ${path}`));
  };
  const put = (path: string, data = "") =>
    apply({
      kind: "create",
      path,
      data: bytesOf(data),
      acl: OPEN_ACL,
      ephemeral: false,
      parentCversion: -1,
    });
  const set = (path: string, data: string) =>
    apply({ kind: "setData", path, data: bytesOf(data), version: 1 });
  const remove = (path: string) => apply({ kind: "delete", path });
  /** The quota of a path, as the command line sets it. */
  const limit = (path: string, limits: string) => {
    let at = "/zookeeper/quota";
    for (const part of path.split("/").slice(1)) {
      at += `/${part}`;
      if (statOf(tree, at) === undefined) put(at);
    }
    put(`${at}/zookeeper_limits`, limits);
    put(`${at}/zookeeper_stats`, "count=0,bytes=0");
  };
  const stats = (path: string) => textOf(dataOf(tree, statsPath(path)) ?? new Uint8Array(0));
  return { tree, watches, events, put, set, remove, limit, stats };
}

test("new stats are counted at once, and what was written into them is gone", () => {
  const { tree, put, limit, stats } = start();
  put("/q", "abc");
  put("/q/x", "de");
  limit("/q", "count=3,bytes=-1");
  expect(stats("/q")).toBe("count=2,bytes=5");
  expect(statOf(tree, statsPath("/q"))).toMatchObject({ version: 0, dataLength: 15 });
});

test("stats of a path that does not exist are 0", () => {
  const { limit, stats } = start();
  limit("/none", "count=1,bytes=-1");
  expect(stats("/none")).toBe("count=0,bytes=0");
});

test("every change at or under the prefix counts, without version, zxid or watch", () => {
  const { tree, watches, events, put, set, remove, limit, stats } = start();
  put("/q");
  limit("/q", "count=1,bytes=-1");
  addDataWatch(watches, 1, statsPath("/q"));
  const before = statOf(tree, statsPath("/q"));
  put("/q/a", "12345");
  expect(stats("/q")).toBe("count=2,bytes=5");
  set("/q/a", "12");
  set("/q", "x");
  expect(stats("/q")).toBe("count=2,bytes=3");
  put("/qq", "not under it");
  remove("/q/a");
  expect(stats("/q")).toBe("count=1,bytes=1");
  expect(statOf(tree, statsPath("/q"))).toEqual(before);
  expect(events).toEqual([]);
});

test("only the closest prefix counts", () => {
  const { tree, put, limit, stats } = start();
  put("/q");
  put("/q/r");
  limit("/q", "count=9,bytes=-1");
  limit("/q/r", "count=9,bytes=-1");
  put("/q/r/s", "1");
  expect([stats("/q"), stats("/q/r")]).toEqual(["count=2,bytes=0", "count=2,bytes=1"]);
  expect(closestQuota(tree, "/q/r")).toBe("/q/r");
  expect(closestQuota(tree, "/q/rr")).toBe("/q");
  expect(closestQuota(tree, "/r")).toBeUndefined();
});

test("without limits nothing counts any more", () => {
  const { tree, put, remove, limit, stats } = start();
  put("/q");
  limit("/q", "count=9,bytes=-1");
  remove(limitsPath("/q"));
  put("/q/x", "1");
  expect(stats("/q")).toBe("count=1,bytes=0");
  expect(closestQuota(tree, "/q/x")).toBeUndefined();
});

test("stats that nobody can read stay as they are", () => {
  const { put, set, limit, stats } = start();
  put("/q");
  limit("/q", "count=9,bytes=-1");
  set(statsPath("/q"), "junk");
  put("/q/x");
  expect(stats("/q")).toBe("junk");
});

test("parts of blanks are no parts, as for a PathTrie", () => {
  const { tree, put, limit, stats } = start();
  put("/q");
  put("/q/ ");
  limit("/q", "count=9,bytes=-1");
  put("/q/ /x");
  expect(stats("/q")).toBe("count=3,bytes=0");
  expect(closestQuota(tree, "/ /q")).toBe("/q");
});

function asked(limits: string, kind: "create" | "setData", length: number, lastLength = 0): number {
  const { tree, put, limit } = start();
  put("/q", "0123");
  limit("/q", limits);
  const data = new Uint8Array(length);
  return kind === "create"
    ? checkQuota(tree, "/q/x", { kind, data })
    : checkQuota(tree, "/q", { kind, data, lastData: new Uint8Array(lastLength) });
}

/** The quota's node counts as 1 and 4 bytes. */
test.each([
  ["count=1,bytes=1", "create", 9, 0, 0],
  ["count=-1,bytes=-1=;countHardLimit=2", "create", 0, 0, 0],
  ["count=-1,bytes=-1=;countHardLimit=1", "create", 0, 0, -125],
  ["count=9,bytes=-1=;countHardLimit=1", "create", 0, 0, -125],
  ["count=-1,bytes=-1=;countHardLimit=0", "setData", 9, 4, 0],
  ["count=-1,bytes=-1=;byteHardLimit=6", "create", 2, 0, 0],
  ["count=-1,bytes=-1=;byteHardLimit=6", "create", 3, 0, -125],
  ["count=-1,bytes=-1=;byteHardLimit=6", "setData", 6, 4, 0],
  ["count=-1,bytes=-1=;byteHardLimit=6", "setData", 7, 4, -125],
  // A change by 0 bytes is not weighed; one that shrinks and stays above the limit is refused.
  ["count=-1,bytes=-1=;byteHardLimit=1", "setData", 4, 4, 0],
  ["count=-1,bytes=-1=;byteHardLimit=1", "setData", 3, 4, -125],
  ["count=-1,bytes=-1=;byteHardLimit=1", "create", 0, 0, 0],
  ["junk", "create", 0, 0, -5],
  ["junk", "setData", 4, 4, -5],
] as const)("%s: %s of %d bytes for %d gives %d", (limits, kind, length, lastLength, err) => {
  expect(asked(limits, kind, length, lastLength)).toBe(err);
});

test("without a stats node, or outside of any quota, nothing is refused", () => {
  const { tree, put, remove, limit } = start();
  put("/q");
  limit("/q", "count=-1,bytes=-1=;countHardLimit=0");
  const change = { kind: "create", data: null } as const;
  expect(checkQuota(tree, "/q/x", change)).toBe(-125);
  expect(checkQuota(tree, "/x", change)).toBe(0);
  remove(statsPath("/q"));
  expect(checkQuota(tree, "/q/x", change)).toBe(0);
});

test("stats that nobody can read fail the request, but only where they are needed", () => {
  const { tree, put, set, limit } = start();
  put("/q");
  limit("/q", "count=1,bytes=-1");
  set(statsPath("/q"), "junk");
  expect(checkQuota(tree, "/q/x", { kind: "create", data: null })).toBe(-5);
  expect(checkQuota(tree, "/q", { kind: "setData", data: bytesOf("x"), lastData: null })).toBe(0);
});

test("a restart finds the quotas and counts them anew", () => {
  const { tree, put, set, limit } = start();
  put("/q", "abc");
  limit("/q", "count=3,bytes=-1");
  set(statsPath("/q"), "count=77,bytes=77");
  const again = treeFromImage(treeImage(tree), OPTIONS);
  expect(textOf(dataOf(again, statsPath("/q")) ?? new Uint8Array(0))).toBe("count=1,bytes=3");
  expect([...again.quotaPrefixes]).toEqual(["/q"]);
});
