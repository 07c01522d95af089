import type {
  ClientOp,
  CreateOp,
  DeleteOp,
  MultiOp,
  SetDataOp,
} from "../../core/client/operations.ts";
import * as ops from "../../core/client/ops.ts";
import { DEFAULT_WATCHER } from "../../core/client/watcher.ts";
import { type StatsTrack, statsText } from "../../core/tree/stats-track.ts";
import { bytesOf } from "../../core/tree/text-bytes.ts";
import type { Buffer } from "../../core/wire/records.ts";
import type { MultiOpData } from "../format/clients.ts";
import { micros } from "../format/duration.ts";
import type { RequestStep } from "../format/steps.ts";
import { aclOf } from "./acl-text.ts";

/** What a step asks of a client, as the client's own operations: mostly one, several for a quota. */
export function requestsOf(step: RequestStep): readonly ClientOp[] {
  switch (step.do) {
    case "create":
    case "delete":
    case "set":
      return [writeOf(step)];
    case "get":
      return [ops.getData(step.path, watcherOf(step.watch))];
    case "exists":
      return [ops.exists(step.path, watcherOf(step.watch))];
    case "ls":
      return [ops.getChildren(step.path, watcherOf(step.watch))];
    case "sync":
      return [ops.sync(step.path)];
    case "getAcl":
      return [ops.getACL(step.path)];
    case "setAcl":
      return [ops.setACL(step.path, aclOf(step.acl), step.version)];
    case "addWatch":
      return [ops.addWatch(step.path, DEFAULT_WATCHER, step.mode)];
    case "addAuth":
      return [ops.addAuth(step.scheme, bytesOf(step.auth))];
    case "setQuota":
      return quotaOps(step);
    case "multi":
      return [ops.multi(step.ops.map(multiOpOf))];
    case "close":
      return [ops.close()];
  }
}

type Writing = Extract<MultiOpData, { do: "create" | "delete" | "set" }>;

function multiOpOf(op: MultiOpData): MultiOp {
  switch (op.do) {
    case "create":
    case "delete":
    case "set":
      return writeOf(op);
    case "check":
      return ops.check(op.path, op.version);
    case "get":
      return { kind: "getData", path: op.path };
    case "ls":
      return { kind: "getChildren", path: op.path };
  }
}

function writeOf(op: Writing): CreateOp | DeleteOp | SetDataOp {
  switch (op.do) {
    case "create":
      return ops.create(op.path, dataOf(op.data), {
        mode: op.mode,
        ...(op.acl === undefined ? {} : { acl: aclOf(op.acl) }),
        ...(op.ttl === undefined ? {} : { ttl: Math.trunc(micros(op.ttl) / 1000) }),
      });
    case "delete":
      return ops.remove(op.path, op.version);
    case "set":
      return ops.setData(op.path, dataOf(op.data), op.version);
  }
}

/**
 * The znodes above the quota's two, which may be there already, and then limits and stats. The stats are what the
 * server makes of them: it counts as soon as they are created.
 */
function quotaOps(step: Extract<RequestStep, { do: "setQuota" }>): ClientOp[] {
  const limits: StatsTrack = new Map();
  limits.set("count", BigInt(step.count ?? -1));
  limits.set("bytes", BigInt(step.bytes ?? -1));
  if (step.hardCount !== undefined) limits.set("countHardLimit", BigInt(step.hardCount));
  if (step.hardBytes !== undefined) limits.set("byteHardLimit", BigInt(step.hardBytes));
  const made: ClientOp[] = [];
  let path = "/zookeeper/quota";
  for (const name of step.path.split("/").filter((part) => part !== "")) {
    path += `/${name}`;
    made.push(ops.create(path, null));
  }
  made.push(ops.create(`${path}/zookeeper_limits`, bytesOf(statsText(limits))));
  made.push(ops.create(`${path}/zookeeper_stats`, bytesOf("count=0,bytes=0")));
  return made;
}

function dataOf(text: string | null | undefined): Buffer | null {
  return text === null || text === undefined ? null : bytesOf(text);
}

function watcherOf(watch: boolean | undefined) {
  return watch === true ? DEFAULT_WATCHER : undefined;
}
