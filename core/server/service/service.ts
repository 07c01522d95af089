import { assertNever } from "../../assert-never.ts";
import { newExpiryQueue, nextDeadline, pollExpired } from "../../session/expiry-queue.ts";
import {
  expireSessions,
  newSessionTracker,
  nextSessionDeadline,
  SELF,
  type SessionTracker,
} from "../../session/session-tracker.ts";
import { newWatches } from "../../tree/watches.ts";
import { acceptClient, closeConnection } from "./connections.ts";
import { newOutstandingChanges } from "./outstanding-changes.ts";
import { clientClosed, readWaiting, receiveFrame } from "./packets.ts";
import { checkContainers, deleteNextContainer, startReaper } from "./reaper.ts";
import {
  logForced,
  newRequestLog,
  snapshotAtBoot,
  snapshotDone,
  writePendingSnapshot,
} from "./request-log.ts";
import type { ServiceInput, ServiceTimer } from "./service-port.ts";
import { newSessionOrder } from "./session-order.ts";
import type { Database, Service, ServiceContext } from "./state.ts";
import { submit } from "./submit.ts";
import { arm, disarm } from "./timers.ts";

/**
 * A standalone server as its clients see it (ZooKeeperServer). `stepService` takes one input, changes the service, and
 * hands effects to the port. It only dispatches: what arrives is in packets.ts, what a request becomes in prepare.ts,
 * what lies between in request-log.ts, and what happens then in apply.ts.
 */

const MS_PER_HOUR = 3_600_000;

/** A server as it is when its process starts: what the disk gave, and nothing else. */
export function newService(ctx: ServiceContext, { database }: { database: Database }): Service {
  const { config, port } = ctx;
  return {
    isRunning: false,
    isReadOnly: false,
    database,
    watches: newWatches(),
    tracker: newSessionTracker(config.serverId, config.tickTime, port.now(), database.sessions),
    local: undefined,
    upgrading: new Set(),
    outstanding: newOutstandingChanges(),
    lastPreparedZxid: database.tree.lastProcessedZxid,
    connections: new Map(),
    sessionConnections: new Map(),
    connectionExpiry: newExpiryQueue(config.sessionlessCnxnTimeout),
    order: newSessionOrder(),
    log: newRequestLog(ctx),
    reaper: { candidates: [], next: 0 },
    readable: [],
    inProcess: 0,
    armed: new Map(),
  };
}

export function stepService(ctx: ServiceContext, service: Service, input: ServiceInput): void {
  switch (input.kind) {
    case "boot":
      boot(ctx, service);
      break;
    case "clientAccepted":
      acceptClient(ctx, service, input.connection, input.address);
      break;
    case "clientFrame":
      receiveFrame(ctx, service, input.connection, input.frame);
      break;
    case "clientClosed":
      clientClosed(service, input.connection);
      break;
    case "serviceTimer":
      timerWentOff(ctx, service, input.timer);
      break;
    case "forced":
      logForced(ctx, service);
      break;
    case "snapshotWritten":
      snapshotDone(ctx, service, input.ok);
      break;
    case "truncated":
      // Only a learner is ever told to truncate its log.
      break;
    default:
      assertNever(input);
  }
  readWaiting(ctx, service);
}

function boot(ctx: ServiceContext, service: Service): void {
  // The old file may end in the middle of an entry, and is never written to again.
  ctx.port.rollLog();
  snapshotAtBoot(ctx, service);
  arm(ctx, service, "sessionExpiry", nextSessionDeadline(service.tracker));
  startReaper(ctx);
  schedulePurge(ctx);
}

function timerWentOff(ctx: ServiceContext, service: Service, timer: ServiceTimer): void {
  switch (timer) {
    case "sessionExpiry":
      sweepSessions(ctx, service);
      return;
    case "localSessionExpiry":
      sweepLocalSessions(ctx, service);
      return;
    case "connectionExpiry":
      sweepConnections(ctx, service);
      return;
    case "containerCheck":
      checkContainers(ctx, service);
      return;
    case "containerPace":
      deleteNextContainer(ctx, service);
      return;
    case "snapshot":
      writePendingSnapshot(ctx, service);
      return;
    case "purge":
      ctx.port.purge(ctx.config.snapRetainCount);
      schedulePurge(ctx);
      return;
    default:
      assertNever(timer);
  }
}

/** Closes the sessions whose bucket is due (ZooKeeperServer.expire); they are gone when that is applied. */
function sweepSessions(ctx: ServiceContext, service: Service): void {
  disarm(service, "sessionExpiry");
  closeExpired(ctx, service, service.tracker);
  arm(ctx, service, "sessionExpiry", nextSessionDeadline(service.tracker));
}

function sweepLocalSessions(ctx: ServiceContext, service: Service): void {
  disarm(service, "localSessionExpiry");
  if (service.local === undefined) return;
  closeExpired(ctx, service, service.local);
  arm(ctx, service, "localSessionExpiry", nextSessionDeadline(service.local));
}

function closeExpired(ctx: ServiceContext, service: Service, tracker: SessionTracker): void {
  for (const session of expireSessions(tracker, ctx.port.now())) {
    ctx.port.observe({ kind: "sessionExpiring", session });
    submit(ctx, service, {
      session,
      cxid: 0,
      op: "closeSession",
      body: { kind: "closeSession" },
      identities: [],
      owner: SELF,
      connection: undefined,
      isFromClient: false,
    });
  }
}

/** Closes connections that were silent for too long (NIOServerCnxnFactory.ConnectionExpirerThread). */
function sweepConnections(ctx: ServiceContext, service: Service): void {
  disarm(service, "connectionExpiry");
  for (const connection of pollExpired(service.connectionExpiry, ctx.port.now())) {
    const cnxn = service.connections.get(connection);
    if (cnxn !== undefined) closeConnection(ctx, service, cnxn, "idle");
  }
  arm(ctx, service, "connectionExpiry", nextDeadline(service.connectionExpiry));
}

export function schedulePurge(ctx: ServiceContext): void {
  const hours = ctx.config.purgeIntervalHours;
  if (hours > 0) ctx.port.setTimer("purge", hours * MS_PER_HOUR);
}
