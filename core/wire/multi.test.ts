import { describe, expect, test } from "vitest";
import { bytesOf } from "../../test/wire/hex.ts";
import { BufferWriter } from "./buffer-writer.ts";
import { OPCODES } from "./opcodes.ts";
import type { Request } from "./records.ts";
import { decodeRequest, encodeRequest, tryDecodeRequest } from "./request.ts";
import { requestSize } from "./size.ts";
import { WireError } from "./wire-error.ts";

const PATH = "00000002 2f61";
const path = "/a";

describe("a multi", () => {
  const END = "ffffffff 01 ffffffff";
  const GET = `00000004 00 ffffffff ${PATH} 00`;
  const DELETE = `00000002 00 ffffffff ${PATH} ffffffff`;

  test.each([
    ["another multi", "0000000e 00 ffffffff", "found 14"],
    ["setACL", "00000007 00 ffffffff", "found 7"],
    ["a type that nobody has", "0000000a 00 ffffffff", "found 10"],
    ["type -1 that is not the end", "ffffffff 00 ffffffff", "found -1"],
    ["a read behind a write", `${DELETE} ${GET} ${END}`, "a transaction like the ones before it"],
    ["a write behind a read", `${GET} ${DELETE} ${END}`, "a read like the ones before it"],
    ["no end", DELETE, "the end after 0"],
    ["a header that breaks off", `${DELETE} ffffffff 01`, "the end after 0"],
  ])("with %s is malformed", (_, body, reason) => {
    for (const type of [OPCODES.multi, OPCODES.multiRead]) {
      const result = tryDecodeRequest(frame(type, body));

      expect(result).toMatchObject({ kind: "malformed" });
      expect(result).toHaveProperty("reason", expect.stringContaining(reason));
    }
  });

  test("ends with any header that is done, and takes any error and any true", () => {
    const body = `00000002 00 00000007 ${PATH} ffffffff 00000005 80 00000000`;
    expect(decodeRequest(frame(14, body)).request).toEqual({
      kind: "multi",
      ops: [{ kind: "delete", path, version: -1 }],
    });
  });

  test("may have reads, and a multiRead writes: that is the server's business", () => {
    expect(decodeRequest(frame(14, `${GET} ${END}`)).request).toMatchObject({ kind: "multi" });
    expect(decodeRequest(frame(22, `${DELETE} ${END}`)).request).toMatchObject({
      ops: [{ kind: "delete" }],
    });
  });

  test("is not written with anything that it cannot hold", () => {
    const inner: Request = { kind: "multi", ops: [] };
    for (const op of [inner, { kind: "ping" } as const]) {
      const request: Request = { kind: "multi", ops: [op] };
      expect(() => encodeRequest(1, request)).toThrow("expected a request that a multi can hold");
      expect(() => requestSize(request)).toThrow(WireError);
    }
  });
});

function frame(type: number, body: string): Uint8Array {
  const writer = new BufferWriter();
  writer.writeInt(5);
  writer.writeInt(type);
  writer.writeRaw(bytesOf(body));
  return writer.take();
}
