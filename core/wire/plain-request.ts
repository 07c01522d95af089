import { assertNever } from "../assert-never.ts";
import type { BufferReader } from "./buffer-reader.ts";
import { readAcls, readTexts, writeAcls, writeTexts } from "./data-records.ts";
import type { Request } from "./records.ts";
import type { Sink } from "./sink.ts";

/** The bodies of all requests but multi and multiRead, which are made of these. */
export type PlainRequest = Exclude<Request, MultiRequest>;

export type MultiRequest = Extract<Request, { readonly kind: "multi" | "multiRead" }>;

export function isMulti(request: Request): request is MultiRequest {
  return request.kind === "multi" || request.kind === "multiRead";
}

export function writePlainRequest(sink: Sink, request: PlainRequest): void {
  switch (request.kind) {
    case "create":
    case "create2":
    case "createContainer":
    case "createTTL":
      sink.writeText(request.path);
      sink.writeBuffer(request.data);
      writeAcls(sink, request.acl);
      sink.writeInt(request.flags);
      if (request.kind === "createTTL") sink.writeAnyLong(request.ttl);
      return;
    case "delete":
    case "check":
      sink.writeText(request.path);
      sink.writeInt(request.version);
      return;
    case "exists":
    case "getData":
    case "getChildren":
    case "getChildren2":
      sink.writeText(request.path);
      sink.writeBoolean(request.watch);
      return;
    case "setData":
      sink.writeText(request.path);
      sink.writeBuffer(request.data);
      sink.writeInt(request.version);
      return;
    case "getACL":
    case "sync":
    case "getAllChildrenNumber":
      sink.writeText(request.path);
      return;
    case "deleteContainer":
      sink.writeRawText(request.path);
      return;
    case "setACL":
      sink.writeText(request.path);
      writeAcls(sink, request.acl);
      sink.writeInt(request.version);
      return;
    case "ping":
    case "closeSession":
    case "whoAmI":
      return;
    case "createSession":
      sink.writeInt(request.timeOut);
      return;
    case "getEphemerals":
      sink.writeText(request.prefixPath);
      return;
    case "addWatch":
      sink.writeText(request.path);
      sink.writeInt(request.mode);
      return;
    case "checkWatches":
    case "removeWatches":
      sink.writeText(request.path);
      sink.writeInt(request.type);
      return;
    case "setWatches":
    case "setWatches2":
      sink.writeLong(request.relativeZxid);
      writeTexts(sink, request.dataWatches);
      writeTexts(sink, request.existWatches);
      writeTexts(sink, request.childWatches);
      if (request.kind === "setWatches") return;
      writeTexts(sink, request.persistentWatches);
      writeTexts(sink, request.persistentRecursiveWatches);
      return;
    case "reconfig":
      sink.writeText(request.joiningServers);
      sink.writeText(request.leavingServers);
      sink.writeText(request.newMembers);
      sink.writeAnyLong(request.curConfigId);
      return;
    case "auth":
      sink.writeInt(request.type);
      sink.writeText(request.scheme);
      sink.writeBuffer(request.auth);
      return;
    case "sasl":
      sink.writeBuffer(request.token);
      return;
    default:
      assertNever(request);
  }
}

/** Fields are read in the order in which they stand here. */
export function readPlainRequest(reader: BufferReader, kind: PlainRequest["kind"]): PlainRequest {
  switch (kind) {
    case "create":
    case "create2":
    case "createContainer":
      return {
        kind,
        path: reader.readText("path"),
        data: reader.readBuffer("data"),
        acl: readAcls(reader),
        flags: reader.readInt("flags"),
      };
    case "createTTL":
      return {
        kind,
        path: reader.readText("path"),
        data: reader.readBuffer("data"),
        acl: readAcls(reader),
        flags: reader.readInt("flags"),
        ttl: reader.readAnyLong("ttl"),
      };
    case "delete":
    case "check":
      return { kind, path: reader.readText("path"), version: reader.readInt("version") };
    case "exists":
    case "getData":
    case "getChildren":
    case "getChildren2":
      return { kind, path: reader.readText("path"), watch: reader.readBoolean("watch") };
    case "setData":
      return {
        kind,
        path: reader.readText("path"),
        data: reader.readBuffer("data"),
        version: reader.readInt("version"),
      };
    case "getACL":
    case "sync":
    case "getAllChildrenNumber":
      return { kind, path: reader.readText("path") };
    case "deleteContainer":
      return { kind, path: reader.readRestAsText() };
    case "setACL":
      return {
        kind,
        path: reader.readText("path"),
        acl: readAcls(reader),
        version: reader.readInt("version"),
      };
    case "ping":
    case "closeSession":
    case "whoAmI":
      return { kind };
    case "createSession":
      return { kind, timeOut: reader.readInt("timeOut") };
    case "getEphemerals":
      return { kind, prefixPath: reader.readText("prefixPath") };
    case "addWatch":
      return { kind, path: reader.readText("path"), mode: reader.readInt("mode") };
    case "checkWatches":
    case "removeWatches":
      return { kind, path: reader.readText("path"), type: reader.readInt("type") };
    case "setWatches":
    case "setWatches2":
      return readSetWatches(reader, kind);
    case "reconfig":
      return {
        kind,
        joiningServers: reader.readText("joiningServers"),
        leavingServers: reader.readText("leavingServers"),
        newMembers: reader.readText("newMembers"),
        curConfigId: reader.readAnyLong("curConfigId"),
      };
    case "auth":
      return {
        kind,
        type: reader.readInt("type"),
        scheme: reader.readText("scheme"),
        auth: reader.readBuffer("auth"),
      };
    case "sasl":
      return { kind, token: reader.readBuffer("token") };
    default:
      return assertNever(kind);
  }
}

function readSetWatches(reader: BufferReader, kind: "setWatches" | "setWatches2"): PlainRequest {
  const hasPersistent = kind === "setWatches2";
  return {
    kind,
    relativeZxid: reader.readZxid("relativeZxid"),
    dataWatches: readTexts(reader, "dataWatches"),
    existWatches: readTexts(reader, "existWatches"),
    childWatches: readTexts(reader, "childWatches"),
    persistentWatches: hasPersistent ? readTexts(reader, "persistentWatches") : [],
    persistentRecursiveWatches: hasPersistent
      ? readTexts(reader, "persistentRecursiveWatches")
      : [],
  };
}
