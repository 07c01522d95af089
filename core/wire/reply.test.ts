import { describe, expect, test } from "vitest";
import { bytesOf, hexOf, packed } from "../../test/wire/hex.ts";
import { sessionId } from "../ids.ts";
import { type Zxid, zxid } from "../zxid.ts";
import { encodeFrame } from "./frame.ts";
import type { MultiResult, Reply, RequestKind, Response, Stat } from "./records.ts";
import { decodeReply, encodeNotice, encodeReply, tryDecodeServerMessage } from "./reply.ts";
import { RESPONSE_KINDS } from "./response-body.ts";
import { replySize } from "./size.ts";
import { WireError } from "./wire-error.ts";

const STAT: Stat = {
  czxid: zxid(2),
  mzxid: zxid(2 ** 32 + 3),
  ctime: 0x18b_0000_0001,
  mtime: 0x18b_0000_0002,
  version: 4,
  cversion: -1,
  aversion: 6,
  ephemeralOwner: sessionId(0x100000d025b0010n),
  dataLength: 8,
  numChildren: 9,
  pzxid: zxid(10),
};
const STAT_BYTES = `
  0000000000000002 0000000100000003 0000018b00000001 0000018b00000002
  00000004 ffffffff 00000006 0100000d025b0010 00000008 00000009 000000000000000a`;

const PATH = "00000002 2f61";
const NAMES = "00000002 00000001 61 00000000";

const RESULTS: readonly MultiResult[] = [
  { type: 1, err: 0, response: { kind: "path", path: "/a" } },
  { type: 15, err: 0, response: { kind: "pathStat", path: "/a", stat: STAT } },
  { type: 5, err: 0, response: { kind: "stat", stat: STAT } },
  { type: 2, err: 0, response: { kind: "none" } },
  { type: 13, err: 0, response: { kind: "none" } },
  { type: 8, err: 0, response: { kind: "children", children: ["a", ""] } },
  { type: 4, err: 0, response: { kind: "dataStat", data: bytesOf("78"), stat: STAT } },
  { type: -1, err: -101, response: { kind: "error", err: -101 } },
];
const RESULT_BYTES = `
  00000001 00 00000000 ${PATH}
  0000000f 00 00000000 ${PATH} ${STAT_BYTES}
  00000005 00 00000000 ${STAT_BYTES}
  00000002 00 00000000
  0000000d 00 00000000
  00000008 00 00000000 ${NAMES}
  00000004 00 00000000 00000001 78 ${STAT_BYTES}
  ffffffff 00 ffffff9b ffffff9b
  ffffffff 01 ffffffff`;

/** Each body by hand, with the requests that it answers. */
const VECTORS: readonly (readonly [RequestKind[], Response, body: string])[] = [
  [["create", "sync"], { kind: "path", path: "/a" }, PATH],
  [["sync"], { kind: "path", path: null }, "ffffffff"],
  [
    ["create2", "createContainer", "createTTL"],
    { kind: "pathStat", path: "/a", stat: STAT },
    `${PATH} ${STAT_BYTES}`,
  ],
  [["exists", "setData", "setACL", "check"], { kind: "stat", stat: STAT }, STAT_BYTES],
  [
    ["getData", "reconfig"],
    { kind: "dataStat", data: bytesOf("78"), stat: STAT },
    `00000001 78 ${STAT_BYTES}`,
  ],
  [["getData"], { kind: "dataStat", data: null, stat: STAT }, `ffffffff ${STAT_BYTES}`],
  [["getData"], { kind: "dataStat", data: bytesOf(""), stat: STAT }, `00000000 ${STAT_BYTES}`],
  [
    ["getACL"],
    { kind: "aclStat", acl: [{ perms: 1, id: { scheme: "ip", id: "::1" } }], stat: STAT },
    `00000001 00000001 00000002 6970 00000003 3a3a31 ${STAT_BYTES}`,
  ],
  [["getChildren"], { kind: "children", children: ["a", ""] }, NAMES],
  [["getChildren"], { kind: "children", children: [] }, "00000000"],
  [
    ["getChildren2"],
    { kind: "childrenStat", children: ["a", ""], stat: STAT },
    `${NAMES} ${STAT_BYTES}`,
  ],
  [["getEphemerals"], { kind: "ephemerals", paths: ["/a"] }, `00000001 ${PATH}`],
  [["getAllChildrenNumber"], { kind: "number", totalNumber: 5 }, "00000005"],
  [["addWatch"], { kind: "error", err: 0 }, "00000000"],
  [
    ["whoAmI"],
    { kind: "whoAmI", clientInfo: [{ authScheme: "ip", user: "" }] },
    "00000001 00000002 6970 00000000",
  ],
  [["sasl"], { kind: "token", token: bytesOf("00ff") }, "00000002 00ff"],
  [["multi", "multiRead"], { kind: "multi", results: RESULTS }, RESULT_BYTES],
  [["multi", "multiRead"], { kind: "multi", results: [] }, "ffffffff 01 ffffffff"],
  [
    ["delete", "ping", "closeSession", "auth", "setWatches", "setWatches2", "removeWatches"],
    { kind: "none" },
    "",
  ],
  [["checkWatches", "deleteContainer", "createSession"], { kind: "none" }, ""],
];

describe("every body", () => {
  test.each(VECTORS)("of %j", (ops, response, body) => {
    const hex = `00000007 0000000100000076 00000000 ${body}`;
    const reply: Reply = { header: { xid: 7, zxid: zxid(2 ** 32 + 0x76), err: 0 }, response };

    expect(hexOf(encodeReply(reply))).toBe(packed(hex));
    expect(replySize(reply)).toBe(bytesOf(hex).length);
    for (const op of ops) {
      expect(decodeReply(bytesOf(hex), op)).toEqual(reply);
      expect(tryDecodeServerMessage(bytesOf(hex), op)).toEqual({ kind: "reply", reply });
    }
  });

  test("is among them, and a Stat has 68 bytes", () => {
    const ops = new Set(VECTORS.flatMap(([ops]) => ops));

    expect(bytesOf(STAT_BYTES)).toHaveLength(68);
    expect(ops).toEqual(new Set(Object.keys(RESPONSE_KINDS)));
  });

  test("cut short it is malformed, wherever the cut is", () => {
    for (const [ops, , body] of VECTORS) {
      const bytes = bytesOf(`00000007 0000000000000076 00000000 ${body}`);
      for (let length = 0; length < bytes.length; length++) {
        const message = tryDecodeServerMessage(bytes.subarray(0, length), ops[0]);

        expect(message).toMatchObject({ kind: "malformed" });
      }
    }
  });
});

describe("errors", () => {
  test("NoNode, as it was seen", () => {
    const reply: Reply = { header: { xid: 7, zxid: zxid(0x76), err: -101 }, response: undefined };

    expect(hexOf(encodeFrame(encodeReply(reply)))).toBe(
      packed("00000010 00000007 0000000000000076 ffffff9b"),
    );
    expect(replySize(reply)).toBe(16);
  });

  test("have no body, whatever the request, and what stands there is not read", () => {
    const header = { xid: 7, zxid: -1 as Zxid, err: -6 };
    for (const op of Object.keys(RESPONSE_KINDS) as RequestKind[]) {
      for (const rest of ["", "00", "ffffffff 00 ffffffff", "ffffffff 01 ffffffff ff"]) {
        const bytes = bytesOf(`00000007 ffffffffffffffff fffffffa ${rest}`);

        expect(decodeReply(bytes, op)).toEqual({ header, response: undefined });
      }
    }
  });

  test("a multiRead of writes is refused with an empty multi", () => {
    const reply: Reply = {
      header: { xid: 7, zxid: zxid(3), err: -5 },
      response: { kind: "multi", results: [] },
    };
    const hex = "00000007 0000000000000003 fffffffb ffffffff 01 ffffffff";

    expect(hexOf(encodeReply(reply))).toBe(packed(hex));
    expect(decodeReply(bytesOf(hex), "multiRead")).toEqual(reply);
    expect(decodeReply(bytesOf(hex), "multi").response).toBeUndefined();
  });

  test("are not written with any other body", () => {
    const header = { xid: 7, zxid: zxid(3), err: -101 };
    const reply: Reply = { header, response: { kind: "stat", stat: STAT } };

    expect(() => encodeReply(reply)).toThrow("expected no body with error -101, found stat");
    expect(() => replySize(reply)).toThrow(WireError);
    expect(encodeReply({ header, response: { kind: "none" } })).toHaveLength(16);
  });
});

describe("messages beside the queue", () => {
  test("a watch event", () => {
    const notice = {
      header: { xid: -1, zxid: -1 as Zxid, err: 0 },
      event: { type: 3, state: 3, path: "/a" },
    };
    const hex = `ffffffff ffffffffffffffff 00000000 00000003 00000003 ${PATH}`;

    expect(hexOf(encodeNotice(notice))).toBe(packed(hex));
    expect(tryDecodeServerMessage(bytesOf(hex), "getData")).toEqual({ kind: "event", notice });
    expect(tryDecodeServerMessage(bytesOf(hex).subarray(0, 20), undefined)).toMatchObject({
      kind: "malformed",
    });
  });

  test.each([
    ["a ping", "fffffffe", -2, 0],
    ["an auth", "fffffffc", -4, 0],
    ["an auth that failed", "fffffffc", -4, -115],
  ])("%s", (_, xidBytes, xid, err) => {
    const hex = `${xidBytes} 0000000000000005 ${err === 0 ? "00000000" : "ffffff8d"}`;

    expect(tryDecodeServerMessage(bytesOf(hex), "getData")).toEqual({
      kind: "reply",
      reply: {
        header: { xid, zxid: 5, err },
        response: err === 0 ? { kind: "none" } : undefined,
      },
    });
  });

  test("an answer that nobody waits for", () => {
    const hex = "00000009 0000000000000005 00000000 0000";
    expect(tryDecodeServerMessage(bytesOf(hex), undefined)).toMatchObject({
      kind: "reply",
      reply: { header: { xid: 9 }, response: { kind: "none" } },
    });
  });
});

describe("a multi's results", () => {
  test("of a type that has none", () => {
    const hex = "00000007 0000000000000005 00000000 00000003 00 00000000 ffffffff 01 ffffffff";
    expect(tryDecodeServerMessage(bytesOf(hex), "multi")).toEqual({
      kind: "malformed",
      reason: "at byte 16: expected the type of a multi's result, found 3",
    });
  });

  test("are not written with another type's body", () => {
    const header = { xid: 7, zxid: zxid(3), err: 0 };
    const results: MultiResult[] = [{ type: 5, err: 0, response: { kind: "none" } }];
    const reply: Reply = { header, response: { kind: "multi", results } };

    expect(() => encodeReply(reply)).toThrow("expected stat in a result of type 5, found none");
  });
});

test("a zxid beyond 2^53 is refused and not rounded", () => {
  const hex = "00000007 0020000000000001 00000000";
  expect(tryDecodeServerMessage(bytesOf(hex), "delete")).toEqual({
    kind: "malformed",
    reason: "at byte 4: expected zxid between −2^53 and 2^53, found 9007199254740993",
  });
});

test.each<[RequestKind, string]>([
  ["getChildren", "ffffffff"],
  ["getChildren", "00000001 ffffffff"],
  ["getACL", `ffffffff ${STAT_BYTES}`],
  ["whoAmI", "ffffffff"],
  ["whoAmI", "00000001 ffffffff 00000000"],
])("no server sends a null in the answer to %s: %s", (op, body) => {
  const bytes = bytesOf(`00000007 0000000000000005 00000000 ${body}`);
  expect(tryDecodeServerMessage(bytes, op)).toMatchObject({ kind: "malformed" });
});
