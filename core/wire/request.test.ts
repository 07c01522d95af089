import { describe, expect, test } from "vitest";
import { bytesOf, hexOf, packed } from "../../test/wire/hex.ts";
import { NO_ZXID, zxid } from "../zxid.ts";
import { BufferWriter } from "./buffer-writer.ts";
import { encodeFrame } from "./frame.ts";
import { OPCODES } from "./opcodes.ts";
import type { Acl, Request } from "./records.ts";
import { decodeRequest, encodeRequest, requestKind, tryDecodeRequest } from "./request.ts";
import { requestSize } from "./size.ts";
import { WireError } from "./wire-error.ts";

const OPEN: Acl = { perms: 31, id: { scheme: "world", id: "anyone" } };
const OPEN_BYTES = "00000001 0000001f 00000005 776f726c64 00000006 616e796f6e65";
const PATH = "00000002 2f61";
const X = bytesOf("78");
const path = "/a";

const createBody = { path, data: X, acl: [OPEN], flags: 0 };
const createBytes = `${PATH} 00000001 78 ${OPEN_BYTES}`;

/** Each record by hand, field after field as zookeeper.jute has it. */
const VECTORS: readonly (readonly [type: string, Request, body: string])[] = [
  ["00000001", { kind: "create", ...createBody }, `${createBytes} 00000000`],
  ["0000000f", { kind: "create2", ...createBody, flags: 3 }, `${createBytes} 00000003`],
  ["00000013", { kind: "createContainer", ...createBody, flags: 4 }, `${createBytes} 00000004`],
  [
    "00000015",
    { kind: "createTTL", ...createBody, flags: 5, ttl: 0x100000000 },
    `${createBytes} 00000005 0000000100000000`,
  ],
  [
    "00000001",
    { kind: "create", path: null, data: null, acl: null, flags: -1 },
    "ffffffff ffffffff ffffffff ffffffff",
  ],
  [
    "00000001",
    { kind: "create", path: "", data: bytesOf(""), acl: [], flags: 0 },
    "00000000 00000000 00000000 00000000",
  ],
  [
    "00000001",
    {
      kind: "create",
      path,
      data: null,
      acl: [{ perms: 1, id: { scheme: null, id: "" } }],
      flags: 1,
    },
    `${PATH} ffffffff 00000001 00000001 ffffffff 00000000 00000001`,
  ],
  ["00000002", { kind: "delete", path, version: 7 }, `${PATH} 00000007`],
  ["0000000d", { kind: "check", path, version: -1 }, `${PATH} ffffffff`],
  ["00000003", { kind: "exists", path, watch: true }, `${PATH} 01`],
  ["00000004", { kind: "getData", path, watch: false }, `${PATH} 00`],
  ["00000008", { kind: "getChildren", path, watch: true }, `${PATH} 01`],
  ["0000000c", { kind: "getChildren2", path, watch: false }, `${PATH} 00`],
  ["00000005", { kind: "setData", path, data: X, version: -1 }, `${PATH} 00000001 78 ffffffff`],
  ["00000006", { kind: "getACL", path }, PATH],
  ["00000009", { kind: "sync", path: null }, "ffffffff"],
  ["00000068", { kind: "getAllChildrenNumber", path }, PATH],
  ["00000014", { kind: "deleteContainer", path }, "2f61"],
  ["00000007", { kind: "setACL", path, acl: [OPEN], version: 2 }, `${PATH} ${OPEN_BYTES} 00000002`],
  ["0000000b", { kind: "ping" }, ""],
  ["fffffff5", { kind: "closeSession" }, ""],
  ["0000006b", { kind: "whoAmI" }, ""],
  ["fffffff6", { kind: "createSession", timeOut: 30_000 }, "00007530"],
  ["00000067", { kind: "getEphemerals", prefixPath: path }, PATH],
  ["0000006a", { kind: "addWatch", path, mode: 1 }, `${PATH} 00000001`],
  ["00000011", { kind: "checkWatches", path, type: 1 }, `${PATH} 00000001`],
  ["00000012", { kind: "removeWatches", path, type: 3 }, `${PATH} 00000003`],
  [
    "00000065",
    {
      kind: "setWatches",
      relativeZxid: zxid(0x76),
      dataWatches: [path, null],
      existWatches: [],
      childWatches: null,
      persistentWatches: [],
      persistentRecursiveWatches: [],
    },
    `0000000000000076 00000002 ${PATH} ffffffff 00000000 ffffffff`,
  ],
  [
    "00000069",
    {
      kind: "setWatches2",
      relativeZxid: NO_ZXID,
      dataWatches: [],
      existWatches: null,
      childWatches: [],
      persistentWatches: [path],
      persistentRecursiveWatches: [path, path],
    },
    `8000000000000000 00000000 ffffffff 00000000 00000001 ${PATH} 00000002 ${PATH} ${PATH}`,
  ],
  [
    "00000010",
    {
      kind: "reconfig",
      joiningServers: null,
      leavingServers: "3",
      newMembers: "",
      curConfigId: -1,
    },
    "ffffffff 00000001 33 00000000 ffffffffffffffff",
  ],
  [
    "00000010",
    {
      kind: "reconfig",
      joiningServers: null,
      leavingServers: null,
      newMembers: null,
      curConfigId: 2n ** 63n - 1n,
    },
    "ffffffff ffffffff ffffffff 7fffffffffffffff",
  ],
  [
    "00000064",
    { kind: "auth", type: 0, scheme: "digest", auth: bytesOf("613a62") },
    "00000000 00000006 646967657374 00000003 613a62",
  ],
  ["00000066", { kind: "sasl", token: null }, "ffffffff"],
  [
    "0000000e",
    {
      kind: "multi",
      ops: [
        { kind: "create", ...createBody },
        { kind: "createTTL", ...createBody, flags: 5, ttl: 9 },
        { kind: "check", path, version: 0 },
        { kind: "delete", path, version: -1 },
        { kind: "setData", path, data: null, version: 1 },
      ],
    },
    `00000001 00 ffffffff ${createBytes} 00000000
     00000015 00 ffffffff ${createBytes} 00000005 0000000000000009
     0000000d 00 ffffffff ${PATH} 00000000
     00000002 00 ffffffff ${PATH} ffffffff
     00000005 00 ffffffff ${PATH} ffffffff 00000001
     ffffffff 01 ffffffff`,
  ],
  ["0000000e", { kind: "multi", ops: [] }, "ffffffff 01 ffffffff"],
  [
    "00000016",
    {
      kind: "multiRead",
      ops: [
        { kind: "getData", path, watch: false },
        { kind: "getChildren", path, watch: false },
      ],
    },
    `00000004 00 ffffffff ${PATH} 00  00000008 00 ffffffff ${PATH} 00  ffffffff 01 ffffffff`,
  ],
];

describe("every record", () => {
  test.each(VECTORS)("%s %o", (type, request, body) => {
    const hex = `00000002 ${type} ${body}`;
    const header = { xid: 2, type: OPCODES[request.kind] };

    expect(hexOf(encodeRequest(2, request))).toBe(packed(hex));
    expect(decodeRequest(bytesOf(hex))).toEqual({ header, request });
    expect(tryDecodeRequest(bytesOf(hex))).toEqual({ kind: "request", header, request });
    expect(requestSize(request)).toBe(bytesOf(hex).length);
  });

  test("is among them", () => {
    const kinds = new Set(VECTORS.map(([, request]) => request.kind));
    const all = Object.values(OPCODES).map((type) => requestKind(type));

    expect(new Set(all.filter((kind) => kind !== undefined))).toEqual(kinds);
  });

  test("cut short it is malformed, wherever the cut is", () => {
    const cuttable = VECTORS.filter(([, { kind }]) => kind !== "deleteContainer");
    for (const [type, { kind }, body] of cuttable) {
      const bytes = bytesOf(`00000002 ${type} ${body}`);
      for (let length = 8; length < bytes.length; length++) {
        expect(tryDecodeRequest(bytes.subarray(0, length))).toMatchObject({
          kind: "malformed",
          header: { xid: 2 },
          op: kind,
        });
      }
    }
  });
});

describe("frames that were seen", () => {
  test("setData and ping", () => {
    const setData = encodeRequest(1, { kind: "setData", path, data: X, version: -1 });
    const ping = encodeRequest(-2, { kind: "ping" });

    expect(hexOf(encodeFrame(setData))).toBe(
      packed("00000017 00000001 00000005 00000002 2f61 00000001 78 ffffffff"),
    );
    expect(hexOf(encodeFrame(ping))).toBe(packed("00000008 fffffffe 0000000b"));
  });

  // Bodies that a 3.8.0 server answered with MarshallingError.
  test.each([
    [-10, ""],
    [16, ""],
    [1, ""],
    [1, "000000022f61"],
    [2, "000000022f61"],
    [4, "000000022f61"],
    [4, "7fffffff2f61"],
    [3, ""],
    [5, "000000022f6100000001"],
    [14, ""],
    [14, "ffffffff01"],
    [101, "00"],
    [6, "fffffffe"],
    [106, "000000022f61"],
    [102, ""],
  ])("malformed: type %d with %j", (type, body) => {
    expect(tryDecodeRequest(frame(type, body))).toMatchObject({
      kind: "malformed",
      header: { type },
    });
    expect(() => decodeRequest(frame(type, body))).toThrow(WireError);
  });

  test("bytes behind a complete record mean nothing", () => {
    expect(decodeRequest(frame(4, "000000012f00deadbeef")).request).toEqual({
      kind: "getData",
      path: "/",
      watch: false,
    });
  });

  test("a null ACL is no mistake of the bytes", () => {
    const body = "000000022f61 ffffffff ffffffff 00000000";
    expect(decodeRequest(frame(15, body)).request).toMatchObject({ kind: "create2", acl: null });
  });
});

function frame(type: number, body: string): Uint8Array {
  const writer = new BufferWriter();
  writer.writeInt(5);
  writer.writeInt(type);
  writer.writeRaw(bytesOf(body));
  return writer.take();
}

describe("types and headers", () => {
  test.each([0, -1, 10, 23, 99, 500, -2, 2 ** 31 - 1])("nobody has type %d", (type) => {
    expect(tryDecodeRequest(frame(type, ""))).toEqual({
      kind: "unknownType",
      header: { xid: 5, type },
    });
    expect(() => decodeRequest(frame(type, ""))).toThrow(
      `at byte 4: expected the type of a request, found ${type}`,
    );
  });

  test("too short for a header", () => {
    expect(tryDecodeRequest(bytesOf("00000001 000000"))).toEqual({
      kind: "headless",
      reason: "at byte 4: expected type (4 bytes), found the end after 3",
    });
    expect(tryDecodeRequest(bytesOf(""))).toMatchObject({ kind: "headless" });
  });
});

test("an ACL that is null has no bytes", () => {
  const request: Request = { kind: "create", path, data: null, acl: [null], flags: 0 };
  expect(() => encodeRequest(1, request)).toThrow("expected an ACL to write, found null");
});

test("a writer whose message failed writes the next one whole", () => {
  const writer = new BufferWriter();
  const bad: Request = { kind: "create", path, data: null, acl: [null], flags: 0 };
  expect(() => encodeRequest(1, bad, writer)).toThrow(WireError);

  expect(hexOf(encodeRequest(-2, { kind: "ping" }, writer))).toBe(packed("fffffffe 0000000b"));
});

describe("a character beyond the BMP", () => {
  const sync: Request = { kind: "sync", path: "/😀" };

  test("from a Java client reads as two U+FFFD", () => {
    const bytes = encodeRequest(1, sync);

    expect(hexOf(bytes)).toBe(packed("00000001 00000009 00000007 2f eda0bd edb880"));
    expect(decodeRequest(bytes).request).toEqual({ kind: "sync", path: "/\ufffd\ufffd" });
  });

  test("from another client is that character; only a lone surrogate is not", () => {
    const writer = new BufferWriter({ texts: "utf-8" });
    const lone: Request = { kind: "sync", path: "/\ud800" };

    expect(decodeRequest(encodeRequest(1, sync, writer)).request).toEqual(sync);
    expect(decodeRequest(encodeRequest(1, lone, writer)).request).toEqual({
      kind: "sync",
      path: "/\ufffd",
    });
  });
});
