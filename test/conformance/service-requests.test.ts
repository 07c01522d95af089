import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { BufferWriter, encodeRequest, tryDecodeRequest } from "../../core/wire/index.ts";
import { readCases } from "./cases.ts";
import { toHex } from "./service-bytes.ts";
import type { ServiceCase, StepArgs } from "./service-case.ts";
import { connectPacket, pingPacket, requestPacket } from "./service-requests.ts";

const OPEN_ACL = "00000001 0000001f 00000005 776f726c64 00000006 616e796f6e65";

test.each<[string, StepArgs, string]>([
  ["setData", { path: "/a", data: "x" }, "00000007 00000005 00000002 2f61 00000001 78 ffffffff"],
  ["create", { path: "/a" }, `00000007 00000001 00000002 2f61 00000000 ${OPEN_ACL} 00000000`],
  [
    "createContainer",
    { path: "/a", data: null, acl: null },
    "00000007 00000013 00000002 2f61 ffffffff ffffffff 00000004",
  ],
  [
    "createTTL",
    { path: null, acl: [], ttl: 500 },
    "00000007 00000015 ffffffff 00000000 00000000 00000005 00000000000001f4",
  ],
  [
    "create2",
    { path: "/a", acl: [], mode: "ephemeralSequential", opcode: 99 },
    "00000007 00000063 00000002 2f61 00000000 00000000 00000003",
  ],
  [
    "create",
    { path: "/", acl: [], mode: -7 },
    "00000007 00000001 00000001 2f 00000000 00000000 fffffff9",
  ],
  ["getData", { path: { hex: "2fff" }, watch: true }, "00000007 00000004 00000002 2fff 01"],
  ["exists", { path: "/\ud800" }, "00000007 00000003 00000004 2feda080 00"],
  ["exists", { path: "/\u{1f600}" }, "00000007 00000003 00000005 2ff09f9880 00"],
  ["sync", { path: { repeat: "n", n: 3 } }, "00000007 00000009 00000004 2f6e6e6e"],
  [
    "setData",
    { path: "/", data: { b64: "AAE=" }, version: 2 },
    "00000007 00000005 00000001 2f 00000002 0001 00000002",
  ],
  [
    "setData",
    { path: "/", data: { repeat: "ab", n: 2 } },
    "00000007 00000005 00000001 2f 00000004 61626162 ffffffff",
  ],
  [
    "auth",
    { scheme: "digest", auth: "a:b" },
    "fffffffc 00000064 00000000 00000006 646967657374 00000003 613a62",
  ],
  [
    "setWatches",
    { relativeZxid: 5, data: ["/a"], child: null },
    "fffffff8 00000065 0000000000000005 00000001 00000002 2f61 00000000 ffffffff",
  ],
  [
    "setWatches2",
    { relativeZxid: 2 ** 63, persistentRecursive: ["/"] },
    "fffffff8 00000069 7fffffffffffffff 00000000 00000000 00000000 00000000 00000001 00000001 2f",
  ],
  [
    "multi",
    {
      ops: [
        { op: "check", path: "/", version: 3 },
        { op: "raw", opcode: 14, hex: "00ff" },
      ],
    },
    "00000007 0000000e 0000000d 00 ffffffff 00000001 2f 00000003 0000000e 00 ffffffff 00ff ffffffff 01 ffffffff",
  ],
  [
    "reconfig",
    { joining: null, leaving: "1", newMembers: null },
    "00000007 00000010 ffffffff 00000001 31 ffffffff ffffffffffffffff",
  ],
  ["raw", { opcode: -10, hex: "0a" }, "00000007 fffffff6 0a"],
  ["closeSession", {}, "00000007 fffffff5"],
])("%s %j", (op, args, bytes) => {
  expect(toHex(requestPacket(op, args, 7).packet)).toBe(bytes.replaceAll(" ", ""));
});

test("a ping, and a request that is one", () => {
  expect(toHex(pingPacket())).toBe("fffffffe0000000b");
  expect(requestPacket("raw", { opcode: 11, hex: "" }, 7).replyXid).toBe(-2);
  expect(requestPacket("auth", { scheme: "ip", auth: "" }, 7).replyXid).toBe(-4);
  expect(requestPacket("sync", { path: "/" }, 7).replyXid).toBe(7);
});

test("a connect request with and without its last field", () => {
  const args = {
    lastZxid: 3,
    timeout: -1,
    sessionId: -1n,
    password: new Uint8Array(2),
    readOnly: true,
  };
  const bytes = "000000000000000000000003ffffffffffffffffffffffff000000020000";
  expect(toHex(connectPacket({ ...args, readOnlyField: true }))).toBe(`${bytes}01`);
  expect(toHex(connectPacket({ ...args, readOnlyField: false }))).toBe(bytes);
});

test("an operation that is none, or lacks what it needs", () => {
  expect(() => requestPacket("glare", {}, 1)).toThrow('no operation "glare"');
  expect(() => requestPacket("sync", {}, 1)).toThrow('lacks its "path"');
  expect(() => requestPacket("create", { path: "/", mode: "eternal" }, 1)).toThrow('"eternal"');
});

/**
 * What Java's UTF-8 reads in another way than it was written, and what has bytes behind it, comes back as other bytes.
 */
const INEXACT = new Set(["path-path-26", "path-path-27", "path-path-39", "path-path-40"]);

test("the codec reads every recorded request, and writes the same bytes", () => {
  const data = fileURLToPath(new URL("data", import.meta.url));
  const cases = [...readCases(data, "service"), ...readCases(data, "random")];
  const writer = new BufferWriter({ texts: "utf-8" });
  const counts = { same: 0, refused: new Set<string>() };
  for (const { id, content } of cases) {
    if (INEXACT.has(id)) continue;
    for (const { op, args = {} } of (content as ServiceCase).steps) {
      if (["connect", "drop", "advance", "pipeline", "raw"].includes(op)) continue;
      const { packet } = requestPacket(op, args, 7);
      const read = tryDecodeRequest(packet);
      if (read.kind === "request") {
        expect(toHex(encodeRequest(read.header.xid, read.request, writer)), id).toBe(toHex(packet));
        counts.same++;
      } else counts.refused.add(id);
    }
  }
  expect(counts.same).toBeGreaterThan(12_000);
  expect([...counts.refused]).toEqual([
    "multi-get-in-multi",
    "multi-exists-in-multi",
    "multi-setACL-in-multi",
    "multi-multi-in-multi",
    "multiRead-writes-inside",
  ]);
});
