import fc from "fast-check";
import { NOTHING, sessionId } from "../../core/ids.ts";
import {
  type Acl,
  type ConnectRequest,
  type ConnectResponse,
  type MultiResult,
  type Notice,
  OPCODES,
  type Reply,
  type ReplyHeader,
  type Request,
  type RequestKind,
  type Response,
  RESPONSE_KINDS,
  type ResponseKind,
  type Stat,
} from "../../core/wire/index.ts";
import type { Zxid } from "../../core/zxid.ts";

/** Every record of the protocol, with the ends of each field's range and null beside empty more often than not. */

export const ints = fc.oneof(fc.integer(), fc.constantFrom(0, -1, 1, 2 ** 31 - 1, -(2 ** 31)));

/** What a double keeps of a `long`. */
export const longs = fc.oneof(
  fc.maxSafeInteger(),
  fc.constantFrom(0, -1, NOTHING, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER),
);

/** Any `long`, spelt as records spell it. */
export const anyLongs = fc.oneof(
  longs,
  fc.oneof(
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }),
    fc.bigInt({ min: -(2n ** 63n) + 1n, max: -(2n ** 53n) }),
  ),
);

export const zxids = fc
  .oneof(
    fc.maxSafeNat(),
    fc.constantFrom(0, -1, NOTHING, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER),
  )
  .map((n) => n as Zxid);

export const sessionIds = fc
  .oneof(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.constantFrom(0n, 1n, -1n, -(2n ** 63n), 2n ** 63n - 1n, 2n ** 32n, 0x100000d025b0010n),
  )
  .map((n) => sessionId(n));

/** Units without surrogates, which do not come back as they went. */
const unit = fc.oneof(
  fc.integer({ min: 0, max: 0x7f }),
  fc.integer({ min: 0x80, max: 0x7ff }),
  fc.integer({ min: 0x800, max: 0xd7ff }),
  fc.integer({ min: 0xe000, max: 0xffff }),
);
export const texts = fc.oneof(
  fc.string({ unit: unit.map((n) => String.fromCharCode(n)), maxLength: 40 }),
  fc.constantFrom("", "/", "/a", "/zookeeper/quota", "\0", "\uffff", "x".repeat(300)),
);
export const nullableTexts = fc.option(texts, { freq: 8 });
const buffers = fc.oneof(
  fc.uint8Array({ maxLength: 60 }),
  fc.constantFrom(new Uint8Array(0), new Uint8Array(700).fill(7)),
);
export const nullableBuffers = fc.option(buffers, { freq: 6 });

const acl: fc.Arbitrary<Acl> = fc.record({
  perms: ints,
  id: fc.record({ scheme: nullableTexts, id: nullableTexts }),
});
const nullableAcls = fc.option(fc.array(acl, { maxLength: 3 }), { freq: 6 });
const watchList = fc.option(fc.array(nullableTexts, { maxLength: 4 }), { freq: 8 });

export const stats: fc.Arbitrary<Stat> = fc.record({
  czxid: zxids,
  mzxid: zxids,
  ctime: longs,
  mtime: longs,
  version: ints,
  cversion: ints,
  aversion: ints,
  ephemeralOwner: sessionIds,
  dataLength: ints,
  numChildren: ints,
  pzxid: zxids,
});

/** The member of a union that has this kind, alone or among others. */
type Member<U, K> = U extends { readonly kind: infer Kinds }
  ? K extends Kinds
    ? U
    : never
  : never;
type Fields<U, K> = {
  [F in Exclude<keyof Member<U, K>, "kind">]: fc.Arbitrary<Member<U, K>[F]>;
};

const createBody = { path: nullableTexts, data: nullableBuffers, acl: nullableAcls, flags: ints };
const watchBody = { path: nullableTexts, watch: fc.boolean() };
const versionBody = { path: nullableTexts, version: ints };
const setWatchesBody = {
  relativeZxid: zxids,
  dataWatches: watchList,
  existWatches: watchList,
  childWatches: watchList,
};

function request<K extends RequestKind>(kind: K, body: Fields<Request, K>): fc.Arbitrary<Request> {
  return fc.record({ kind: fc.constant(kind), ...body }) as unknown as fc.Arbitrary<Request>;
}

const transactions = fc.oneof(
  request("create", createBody),
  request("create2", createBody),
  request("createContainer", createBody),
  request("createTTL", { ...createBody, ttl: anyLongs }),
  request("delete", versionBody),
  request("check", versionBody),
  request("setData", { path: nullableTexts, data: nullableBuffers, version: ints }),
);
const reads = fc.oneof(request("getData", watchBody), request("getChildren", watchBody));
const ops = fc.oneof(fc.array(transactions, { maxLength: 4 }), fc.array(reads, { maxLength: 4 }));

export const requests: fc.Arbitrary<Request> = fc.oneof(
  transactions,
  reads,
  request("exists", watchBody),
  request("getChildren2", watchBody),
  request("getACL", { path: nullableTexts }),
  request("sync", { path: nullableTexts }),
  request("getAllChildrenNumber", { path: nullableTexts }),
  request("deleteContainer", { path: texts }),
  request("setACL", { path: nullableTexts, acl: nullableAcls, version: ints }),
  request("ping", {}),
  request("closeSession", {}),
  request("whoAmI", {}),
  request("createSession", { timeOut: ints }),
  request("getEphemerals", { prefixPath: nullableTexts }),
  request("addWatch", { path: nullableTexts, mode: ints }),
  request("checkWatches", { path: nullableTexts, type: ints }),
  request("removeWatches", { path: nullableTexts, type: ints }),
  request("setWatches", {
    ...setWatchesBody,
    persistentWatches: fc.constant([]),
    persistentRecursiveWatches: fc.constant([]),
  }),
  request("setWatches2", {
    ...setWatchesBody,
    persistentWatches: watchList,
    persistentRecursiveWatches: watchList,
  }),
  request("reconfig", {
    joiningServers: nullableTexts,
    leavingServers: nullableTexts,
    newMembers: nullableTexts,
    curConfigId: anyLongs,
  }),
  request("auth", { type: ints, scheme: nullableTexts, auth: nullableBuffers }),
  request("sasl", { token: nullableBuffers }),
  request("multi", { ops }),
  request("multiRead", { ops }),
);

function response<K extends ResponseKind>(
  kind: K,
  body: Fields<Response, K>,
): fc.Arbitrary<Response> {
  return fc.record({ kind: fc.constant(kind), ...body }) as unknown as fc.Arbitrary<Response>;
}

const names = fc.array(texts, { maxLength: 4 });
const simpleResponses = {
  none: response("none", {}),
  path: response("path", { path: nullableTexts }),
  pathStat: response("pathStat", { path: nullableTexts, stat: stats }),
  stat: response("stat", { stat: stats }),
  dataStat: response("dataStat", { data: nullableBuffers, stat: stats }),
  aclStat: response("aclStat", { acl: fc.array(acl, { maxLength: 3 }), stat: stats }),
  children: response("children", { children: names }),
  childrenStat: response("childrenStat", { children: names, stat: stats }),
  ephemerals: response("ephemerals", { paths: names }),
  number: response("number", { totalNumber: ints }),
  error: response("error", { err: ints }),
  whoAmI: response("whoAmI", {
    clientInfo: fc.array(fc.record({ authScheme: texts, user: texts }), { maxLength: 3 }),
  }),
  token: response("token", { token: nullableBuffers }),
};

const resultKinds = [
  [OPCODES.create, "path"],
  [OPCODES.create2, "pathStat"],
  [OPCODES.setData, "stat"],
  [OPCODES.delete, "none"],
  [OPCODES.check, "none"],
  [OPCODES.getChildren, "children"],
  [OPCODES.getData, "dataStat"],
  [OPCODES.error, "error"],
] as const;

const results: fc.Arbitrary<MultiResult> = fc.oneof(
  ...resultKinds.map(([type, kind]) =>
    fc.record({ type: fc.constant(type), err: ints, response: simpleResponses[kind] }),
  ),
);

const responses: Record<ResponseKind, fc.Arbitrary<Response>> = {
  ...simpleResponses,
  multi: response("multi", { results: fc.array(results, { maxLength: 4 }) }),
};

/** Xids that say nothing else about a message. */
const plainXids = ints.filter((xid) => xid !== -1 && xid !== -2 && xid !== -4);
const errors = ints.filter((err) => err !== 0);

function replyHeader(err: fc.Arbitrary<number>): fc.Arbitrary<ReplyHeader> {
  return fc.record({ xid: plainXids, zxid: zxids, err });
}

export interface Answer {
  readonly op: RequestKind;
  readonly reply: Reply;
}

/** A reply as it is decoded, with the request that it answers. */
export const answers: fc.Arbitrary<Answer> = fc
  .constantFrom(...(Object.keys(RESPONSE_KINDS) as RequestKind[]))
  .chain((op) =>
    fc.oneof(
      { weight: 5, arbitrary: answer(op, fc.constant(0), responses[RESPONSE_KINDS[op]]) },
      { weight: 1, arbitrary: answer(op, errors, refusals(op)) },
    ),
  );

function answer(
  op: RequestKind,
  err: fc.Arbitrary<number>,
  response: fc.Arbitrary<Response | undefined>,
): fc.Arbitrary<Answer> {
  return fc.record({
    op: fc.constant(op),
    reply: fc.record({ header: replyHeader(err), response }),
  });
}

function refusals(op: RequestKind): fc.Arbitrary<Response | undefined> {
  const emptyMulti: Response = { kind: "multi", results: [] };
  return op === "multiRead" ? fc.constantFrom(undefined, emptyMulti) : fc.constant(undefined);
}

export const notices: fc.Arbitrary<Notice> = fc.record({
  header: fc.record({ xid: fc.constant(-1), zxid: zxids, err: ints }),
  event: fc.record({ type: ints, state: ints, path: texts }),
});

const readOnly = fc.option(fc.boolean(), { nil: undefined });

export const connectRequests: fc.Arbitrary<ConnectRequest> = fc.record({
  protocolVersion: ints,
  lastZxidSeen: zxids,
  timeOut: ints,
  sessionId: sessionIds,
  passwd: nullableBuffers,
  readOnly,
});

/** Of 16 bytes together a response would be a header; with a password it never is. */
export const connectResponses: fc.Arbitrary<ConnectResponse> = fc.record({
  protocolVersion: ints,
  timeOut: ints,
  sessionId: sessionIds,
  passwd: buffers,
  readOnly,
});
