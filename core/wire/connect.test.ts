import { describe, expect, test } from "vitest";
import { bytesOf, hexOf, packed } from "../../test/wire/hex.ts";
import { NO_SESSION, sessionId } from "../ids.ts";
import { zxid } from "../zxid.ts";
import {
  encodeConnectRequest,
  encodeConnectResponse,
  tryDecodeConnectRequest,
  tryDecodeConnectResponse,
} from "./connect.ts";
import type { ConnectRequest, ConnectResponse } from "./records.ts";

const PASSWORD = "000102030405060708090a0b0c0d0e0f";
const NO_PASSWORD = "00".repeat(16);

const NEW_SESSION: ConnectRequest = {
  protocolVersion: 0,
  lastZxidSeen: zxid(0),
  timeOut: 30_000,
  sessionId: NO_SESSION,
  passwd: new Uint8Array(16),
  readOnly: false,
};
const NEW_SESSION_BYTES = `00000000 0000000000000000 00007530 0000000000000000 00000010 ${NO_PASSWORD}`;

const RENEWAL: ConnectRequest = {
  protocolVersion: 0,
  lastZxidSeen: zxid(2 ** 32 + 0x76),
  timeOut: 4000,
  sessionId: sessionId(0x100000d025b0010n),
  passwd: bytesOf(PASSWORD),
  readOnly: true,
};
const RENEWAL_BYTES = `00000000 0000000100000076 00000fa0 0100000d025b0010 00000010 ${PASSWORD} 01`;

describe("ConnectRequest", () => {
  test.each<[string, ConnectRequest, string, number]>([
    ["of a new session, 45 bytes", NEW_SESSION, `${NEW_SESSION_BYTES} 00`, 45],
    ["of an old client, 44 bytes", { ...NEW_SESSION, readOnly: undefined }, NEW_SESSION_BYTES, 44],
    ["of a renewal", RENEWAL, RENEWAL_BYTES, 45],
    [
      "without a password",
      { ...NEW_SESSION, passwd: null, readOnly: undefined },
      "00000000 0000000000000000 00007530 0000000000000000 ffffffff",
      28,
    ],
  ])("%s", (_, request, hex, length) => {
    expect(bytesOf(hex)).toHaveLength(length);
    expect(hexOf(encodeConnectRequest(request))).toBe(packed(hex));
    expect(tryDecodeConnectRequest(bytesOf(hex))).toEqual({ kind: "connectRequest", request });
  });

  test("bytes behind it mean nothing", () => {
    expect(tryDecodeConnectRequest(bytesOf(`${RENEWAL_BYTES} 00 ff`))).toEqual({
      kind: "connectRequest",
      request: RENEWAL,
    });
  });

  test("one that is too short is malformed, whatever is missing", () => {
    for (let length = 0; length < 44; length++) {
      const bytes = bytesOf(NEW_SESSION_BYTES).subarray(0, length);

      expect(tryDecodeConnectRequest(bytes)).toMatchObject({ kind: "malformed" });
    }
    expect(tryDecodeConnectRequest(bytesOf("00000000 00"))).toEqual({
      kind: "malformed",
      reason: "at byte 4: expected lastZxidSeen (8 bytes), found the end after 1",
    });
  });
});

describe("ConnectResponse", () => {
  const accepted: ConnectResponse = {
    protocolVersion: 0,
    timeOut: 30_000,
    sessionId: sessionId(-0xffffffffffffffn),
    passwd: bytesOf(PASSWORD),
    readOnly: undefined,
  };
  const acceptedBytes = `00000000 00007530 ff00000000000001 00000010 ${PASSWORD}`;
  const expired: ConnectResponse = {
    protocolVersion: 0,
    timeOut: 0,
    sessionId: NO_SESSION,
    passwd: new Uint8Array(16),
    readOnly: false,
  };

  test.each<[string, ConnectResponse, string, number]>([
    ["to an old client, 36 bytes", accepted, acceptedBytes, 36],
    ["37 bytes", { ...accepted, readOnly: true }, `${acceptedBytes} 01`, 37],
    [
      "to a session that is no more",
      expired,
      `00000000 00000000 0000000000000000 00000010 ${NO_PASSWORD} 00`,
      37,
    ],
  ])("%s", (_, response, hex, length) => {
    expect(bytesOf(hex)).toHaveLength(length);
    expect(hexOf(encodeConnectResponse(response))).toBe(packed(hex));
    expect(tryDecodeConnectResponse(bytesOf(hex))).toEqual({ kind: "connectResponse", response });
  });

  test("a bare header in its place", () => {
    expect(tryDecodeConnectResponse(bytesOf("00000000 0000000000000008 ffffff89"))).toEqual({
      kind: "header",
      header: { xid: 0, zxid: 8, err: -119 },
    });
  });

  test("too short, or without a password", () => {
    expect(tryDecodeConnectResponse(new Uint8Array(0))).toMatchObject({ kind: "malformed" });
    const nullPassword = bytesOf("00000000 00007530 0000000000000001 ffffffff");
    expect(tryDecodeConnectResponse(nullPassword)).toEqual({
      kind: "malformed",
      reason: "at byte 16: expected passwd, found null",
    });
  });
});
