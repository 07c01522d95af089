import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  BufferWriter,
  connectRequestSize,
  connectResponseSize,
  decodeConnectRequest,
  decodeConnectResponse,
  decodeNotice,
  decodeReply,
  decodeRequest,
  encodeConnectRequest,
  encodeConnectResponse,
  encodeNotice,
  encodeReply,
  encodeRequest,
  noticeSize,
  OPCODES,
  replySize,
  requestSize,
  tryDecodeServerMessage,
} from "../../core/wire/index.ts";
import {
  answers,
  connectRequests,
  connectResponses,
  ints,
  notices,
  requests,
} from "./arbitraries.ts";

const RUNS = { numRuns: 1000 };

describe("what is written is read again, and as long as its size says", () => {
  test("requests", () => {
    fc.assert(
      fc.property(ints, requests, (xid, request) => {
        const bytes = encodeRequest(xid, request);

        expect(decodeRequest(bytes)).toEqual({
          header: { xid, type: OPCODES[request.kind] },
          request,
        });
        expect(requestSize(request)).toBe(bytes.length);
      }),
      RUNS,
    );
  });

  test("replies", () => {
    fc.assert(
      fc.property(answers, ({ op, reply }) => {
        const bytes = encodeReply(reply);

        expect(decodeReply(bytes, op)).toEqual(reply);
        expect(tryDecodeServerMessage(bytes, op)).toEqual({ kind: "reply", reply });
        expect(replySize(reply)).toBe(bytes.length);
      }),
      RUNS,
    );
  });

  test("watch events", () => {
    fc.assert(
      fc.property(notices, (notice) => {
        const bytes = encodeNotice(notice);

        expect(decodeNotice(bytes)).toEqual(notice);
        expect(tryDecodeServerMessage(bytes, "create")).toEqual({ kind: "event", notice });
        expect(noticeSize(notice)).toBe(bytes.length);
      }),
      RUNS,
    );
  });

  test("the handshake", () => {
    fc.assert(
      fc.property(connectRequests, connectResponses, (request, response) => {
        const asked = encodeConnectRequest(request);
        const answered = encodeConnectResponse(response);

        expect(decodeConnectRequest(asked)).toEqual(request);
        expect(connectRequestSize(request)).toBe(asked.length);
        expect(decodeConnectResponse(answered)).toEqual(response);
        expect(connectResponseSize(response)).toBe(answered.length);
      }),
      RUNS,
    );
  });

  test("one writer for all, and bytes that are overwritten after they were read", () => {
    const writer = new BufferWriter();
    fc.assert(
      fc.property(requests, requests, (first, second) => {
        const bytes = encodeRequest(1, first, writer);
        const { request } = decodeRequest(bytes);
        bytes.fill(0xff);

        expect(decodeRequest(encodeRequest(2, second, writer)).request).toEqual(second);
        expect(request).toEqual(first);
      }),
    );
  });

  test("bytes behind a complete record mean nothing", () => {
    const bodyEnds = requests.filter(({ kind }) => kind !== "deleteContainer");
    fc.assert(
      fc.property(bodyEnds, fc.uint8Array({ minLength: 1, maxLength: 9 }), (request, rest) => {
        const bytes = Uint8Array.from([...encodeRequest(1, request), ...rest]);

        expect(decodeRequest(bytes).request).toEqual(request);
      }),
    );
  });
});
