import { treeImage } from "../../tree/snapshot.ts";
import { closeConnection } from "./connections.ts";
import type { LogEntry } from "./service-port.ts";
import type { PendingSnapshot, Proposal, RequestLog, Service, ServiceContext } from "./state.ts";

/**
 * The log (SyncRequestProcessor). Transactions are appended as they come; one force makes durable all that was appended
 * before it, so that those which come while it runs share the next (group commit). What a force covered is applied, in
 * order, and never before. Now and then a snapshot begins and the log goes on in a new file.
 */

/** Transactions that one force covers at most (zookeeper.maxBatchSize). */
const MAX_BATCH_SIZE = 1000;

export function newRequestLog(ctx: ServiceContext): RequestLog {
  return {
    queued: [],
    toFlush: [],
    isForcing: false,
    silent: 0,
    txnCount: 0,
    snapshotAfter: drawSnapshotAfter(ctx),
    snapshotting: undefined,
  };
}

export function appendToLog(ctx: ServiceContext, service: Service, proposal: Proposal): void {
  const { log } = service;
  // The thread that appends is the one that waits for the force.
  if (log.isForcing) {
    log.queued.push(proposal);
    return;
  }
  append(ctx, service, proposal);
  force(ctx, log);
}

/**
 * Appends a learner's history under one force, and acknowledges none of it: the learner waits until the log is idle. No
 * snapshot begins with it (FollowerZooKeeperServer.appendRequest goes past SyncRequestProcessor): it could hold what is
 * neither committed nor on this disk.
 */
export function appendHistory(
  ctx: ServiceContext,
  service: Service,
  entries: readonly LogEntry[],
): void {
  const { log } = service;
  for (const entry of entries) {
    const proposal: Proposal = { entry, request: undefined };
    if (log.isForcing) {
      log.queued.push(proposal);
    } else {
      ctx.port.append(entry);
      log.toFlush.push(proposal);
    }
  }
  silence(log);
  if (!log.isForcing && log.toFlush.length > 0) force(ctx, log);
}

/** The force that was under way is done: what it covered goes on, and what waited for it gets the next. */
export function logForced(ctx: ServiceContext, service: Service): void {
  const { log } = service;
  const durable = log.toFlush;
  log.toFlush = [];
  for (const proposal of durable) {
    if (log.silent > 0) log.silent--;
    else ctx.pipeline.logged(ctx, service, proposal);
  }
  log.isForcing = false;
  const next = log.queued;
  if (next.length === 0) return;
  log.queued = next.length > MAX_BATCH_SIZE ? next.splice(MAX_BATCH_SIZE) : [];
  for (const proposal of next) append(ctx, service, proposal);
  force(ctx, log);
}

/** Whether the log has nothing more to write, snapshots included. */
export function isDrained(log: RequestLog): boolean {
  return !log.isForcing && log.snapshotting === undefined;
}

/** Their role has ended: what the log still writes is acknowledged to nobody. */
export function silence(log: RequestLog): void {
  log.silent = log.toFlush.length + log.queued.length;
}

function append(ctx: ServiceContext, service: Service, proposal: Proposal): void {
  const { log } = service;
  ctx.port.append(proposal.entry);
  log.toFlush.push(proposal);
  log.txnCount++;
  if (log.txnCount <= log.snapshotAfter) return;
  log.snapshotAfter = drawSnapshotAfter(ctx);
  log.txnCount = 0;
  ctx.port.rollLog();
  beginSnapshot(ctx, service);
}

function force(ctx: ServiceContext, log: RequestLog): void {
  log.isForcing = true;
  ctx.port.force();
}

/** Between half of snapCount and all of it, so that not all servers of an ensemble write at once. */
function drawSnapshotAfter(ctx: ServiceContext): number {
  const half = Math.floor(ctx.config.snapCount / 2);
  return half + ctx.port.draw(Math.max(1, half));
}

/**
 * The thread that writes the snapshot starts now and gets to the tree later: the file is called after the last
 * transaction that is applied now, and holds later ones as well.
 */
function beginSnapshot(ctx: ServiceContext, service: Service): void {
  const zxid = service.database.tree.lastProcessedZxid;
  if (service.log.snapshotting !== undefined) {
    ctx.port.observe({ kind: "snapshotSkipped", zxid });
    return;
  }
  service.log.snapshotting = pendingSnapshot(service);
  ctx.port.observe({ kind: "snapshotBegun", zxid });
  ctx.port.setTimer("snapshot", ctx.config.snapshotDelayMs);
}

function pendingSnapshot(service: Service): PendingSnapshot {
  const { tree, sessions } = service.database;
  return { zxid: tree.lastProcessedZxid, sessions: [...sessions] };
}

/** The thread has got to the tree. */
export function writePendingSnapshot(ctx: ServiceContext, service: Service): void {
  const { snapshotting } = service.log;
  if (snapshotting === undefined) return;
  ctx.port.writeSnapshot({ ...snapshotting, tree: treeImage(service.database.tree) });
}

/**
 * A server that starts writes what it read back, and serves nobody before that is on disk (ZooKeeperServer.loadData):
 * on a disk without any snapshot a log alone could not be read again.
 */
export function snapshotAtBoot(ctx: ServiceContext, service: Service): void {
  service.log.snapshotting = pendingSnapshot(service);
  ctx.port.observe({ kind: "snapshotBegun", zxid: service.log.snapshotting.zxid });
  writePendingSnapshot(ctx, service);
}

/** ZooKeeper exits when it cannot write a snapshot; here it serves nobody any more, and whoever runs it ends it. */
export function snapshotDone(ctx: ServiceContext, service: Service, ok: boolean): void {
  service.log.snapshotting = undefined;
  service.isRunning = ok;
  if (ok) return;
  ctx.port.observe({ kind: "snapshotFailed" });
  for (const cnxn of service.connections.values()) {
    closeConnection(ctx, service, cnxn, "server is not running");
  }
}
