import { expect, test } from "vitest";
import { aclOf, childrenOf, dataOf, newTree, nodeCount, statOf } from "./data-tree.ts";
import { bytesOf } from "./text-bytes.ts";

const ZERO = {
  czxid: 0,
  mzxid: 0,
  ctime: 0,
  mtime: 0,
  version: 0,
  cversion: 0,
  aversion: 0,
  ephemeralOwner: 0n,
  dataLength: 0,
  numChildren: 0,
  pzxid: 0,
};

test("a fresh standalone server", () => {
  const tree = newTree({ extendedTypes: false });
  expect(nodeCount(tree)).toBe(5);
  expect(statOf(tree, "/")).toEqual({ ...ZERO, cversion: -1, numChildren: 1 });
  expect(statOf(tree, "/zookeeper")).toEqual({ ...ZERO, cversion: -2, numChildren: 2 });
  expect(statOf(tree, "/zookeeper/quota")).toEqual(ZERO);
  expect(statOf(tree, "/zookeeper/config")).toEqual({ ...ZERO, aversion: -1 });
  expect(childrenOf(tree, "/zookeeper")).toEqual(["config", "quota"]);
  for (const path of ["/", "/zookeeper", "/zookeeper/quota"]) {
    expect(aclOf(tree, path)).toEqual([{ perms: 31, id: { scheme: "world", id: "anyone" } }]);
  }
  expect(aclOf(tree, "/zookeeper/config")).toEqual([
    { perms: 1, id: { scheme: "world", id: "anyone" } },
  ]);
  expect(dataOf(tree, "/")).toEqual(new Uint8Array(0));
});

test("a fresh server of an ensemble", () => {
  const data = bytesOf("server.1=a:1:2:participant\nversion=0");
  const tree = newTree({ extendedTypes: false, ensembleConfig: { data, mtime: 1234 } });
  const dataLength = data.length;
  expect(statOf(tree, "/zookeeper/config")).toEqual({
    ...ZERO,
    version: -1,
    aversion: -1,
    mtime: 1234,
    dataLength,
  });
  expect(dataOf(tree, "/zookeeper/config")).toEqual(data);
});

test("what is not there is undefined", () => {
  const tree = newTree({ extendedTypes: false });
  for (const read of [statOf, dataOf, childrenOf, aclOf]) expect(read(tree, "/a")).toBeUndefined();
  expect(statOf(tree, "/zookeeper/")).toBeUndefined();
});
