import { newSessionTracker, nextSessionDeadline } from "../session/session-tracker.ts";
import { newWatches } from "../tree/watches.ts";
import type { Zxid } from "../zxid.ts";
import { lastZxid } from "./database.ts";
import type { Context, Peer } from "./peer.ts";
import { closeConnection } from "./service/connections.ts";
import { newOutstandingChanges } from "./service/outstanding-changes.ts";
import { startReaper } from "./service/reaper.ts";
import { silence } from "./service/request-log.ts";
import { newSessionOrder } from "./service/session-order.ts";
import { arm, disarm } from "./service/timers.ts";

/** The part of a server that clients see begins and ends with its role (ZooKeeperServer.startup and shutdown). */

/** A leader serves: it alone watches over the sessions, each of which gets its full timeout again. */
export function startLeaderService(ctx: Context, peer: Peer, firstZxid: Zxid): void {
  const { service } = peer;
  start(ctx, peer);
  service.lastPreparedZxid = firstZxid;
  arm(ctx.service, service, "sessionExpiry", nextSessionDeadline(service.tracker));
  startReaper(ctx.service);
  service.isRunning = ctx.config.leaderServes;
}

/** While it looks for a leader, a server may serve reads to those who ask for no more. */
export function startReadOnlyService(ctx: Context, peer: Peer): void {
  start(ctx, peer);
  peer.service.isReadOnly = true;
  peer.service.isRunning = true;
}

export function startLearnerService(ctx: Context, peer: Peer): void {
  start(ctx, peer);
  peer.service.isRunning = true;
}

/** Whom the pipeline has to ask from now on. */
export function takeUpRole(peer: Peer): void {
  peer.service.leading = peer.leading;
  peer.service.learning = peer.learning;
}

/** Clients are cut off, and what was on its way in memory is forgotten. The log goes on until it has written all. */
export function stopService(ctx: Context, peer: Peer): void {
  const { service } = peer;
  service.isRunning = false;
  service.isReadOnly = false;
  for (const cnxn of service.connections.values()) {
    closeConnection(ctx.service, service, cnxn, "server is not running");
  }
  for (const timer of ROLE_TIMERS) {
    ctx.service.port.cancelTimer(timer);
    disarm(service, timer);
  }
  silence(service.log);
}

const ROLE_TIMERS = [
  "sessionExpiry",
  "localSessionExpiry",
  "containerCheck",
  "containerPace",
] as const;

function start(ctx: Context, peer: Peer): void {
  const { service } = peer;
  const { config, port } = ctx.service;
  const isLeader = peer.leading !== undefined;
  service.database = peer.database;
  service.committedLog = peer.committedLog;
  service.watches = newWatches();
  service.tracker = newSessionTracker(
    config.serverId,
    config.tickTime,
    port.now(),
    isLeader ? peer.database.sessions : new Map(),
  );
  service.local = config.localSessionsEnabled
    ? newSessionTracker(config.serverId, config.tickTime, port.now(), new Map())
    : undefined;
  service.upgrading = new Set();
  service.outstanding = newOutstandingChanges();
  service.lastPreparedZxid = lastZxid(peer);
  service.order = newSessionOrder();
  service.reaper = { candidates: [], next: 0 };
  service.inProcess = 0;
}
