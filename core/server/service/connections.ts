import { NO_SESSION } from "../../ids.ts";
import { removeExpiry, updateExpiry } from "../../session/expiry-queue.ts";
import { removeWatcher } from "../../tree/watches.ts";
import { initialIdentities } from "./identities.ts";
import type { CloseReason } from "./service-observations.ts";
import type { ClientConnection } from "./service-port.ts";
import type { ClientCnxn, Service, ServiceContext } from "./state.ts";
import { arm } from "./timers.ts";

/** The connections of clients as such: accepted, kept alive, throttled, closed (NIOServerCnxn and its factory). */

export function acceptClient(
  ctx: ServiceContext,
  service: Service,
  connection: ClientConnection,
  address: string,
): void {
  const { maxClientCnxns } = ctx.config;
  if (maxClientCnxns > 0 && connectionsOf(service, address) >= maxClientCnxns) {
    ctx.port.closeClient(connection);
    ctx.port.observe({
      kind: "connectionClosed",
      connection,
      why: "too many connections of this address",
    });
    return;
  }
  const cnxn: ClientCnxn = {
    connection,
    address,
    stage: "unestablished",
    session: NO_SESSION,
    timeoutMs: 0,
    sendsReadOnly: false,
    identities: initialIdentities(address),
    outstanding: 0,
    isThrottled: false,
    unread: [],
    hasEnded: false,
  };
  service.connections.set(connection, cnxn);
  touchConnection(ctx, service, cnxn);
}

function connectionsOf(service: Service, address: string): number {
  let count = 0;
  for (const cnxn of service.connections.values()) if (cnxn.address === address) count++;
  return count;
}

/**
 * The connection was heard of. One without a session has until the next boundary of the idle time, one with a session
 * its timeout, rounded up to such a boundary (NIOServerCnxnFactory.touchCnxn).
 */
export function touchConnection(ctx: ServiceContext, service: Service, cnxn: ClientCnxn): void {
  const queue = service.connectionExpiry;
  const deadline = updateExpiry(queue, cnxn.connection, ctx.port.now(), cnxn.timeoutMs);
  arm(ctx, service, "connectionExpiry", deadline);
}

/** The server closes the connection. What was sent before still arrives. */
export function closeConnection(
  ctx: ServiceContext,
  service: Service,
  cnxn: ClientCnxn,
  why: CloseReason,
): void {
  if (!service.connections.has(cnxn.connection)) return;
  forgetConnection(service, cnxn);
  ctx.port.closeClient(cnxn.connection);
  ctx.port.observe({ kind: "connectionClosed", connection: cnxn.connection, why });
}

/** The connection is no more: neither are its watches. Its session goes on. */
export function forgetConnection(service: Service, cnxn: ClientCnxn): void {
  const { connection, session } = cnxn;
  service.connections.delete(connection);
  if (service.sessionConnections.get(session) === connection) {
    service.sessionConnections.delete(session);
  }
  removeExpiry(service.connectionExpiry, connection);
  removeWatcher(service.watches, connection);
  cnxn.unread = [];
}

/** Whether frames of the connection are looked at now, or have to wait. */
export function mayRead(cnxn: ClientCnxn): boolean {
  return cnxn.stage !== "connecting" && !cnxn.isThrottled;
}

/**
 * A request with a positive xid was read (incrOutstandingAndCheckThrottle): above globalOutstandingLimit the server
 * stops reading from connections that wait for an answer.
 */
export function requestBegun(
  ctx: ServiceContext,
  service: Service,
  cnxn: ClientCnxn,
  xid: number,
): void {
  if (xid <= 0) return;
  cnxn.outstanding++;
  if (shouldThrottle(ctx, service, cnxn)) cnxn.isThrottled = true;
}

/** A request was answered (decrOutstandingAndCheckThrottle): what waited may be read. */
export function requestFinished(
  ctx: ServiceContext,
  service: Service,
  cnxn: ClientCnxn,
  xid: number,
): void {
  if (xid <= 0) return;
  cnxn.outstanding--;
  if (shouldThrottle(ctx, service, cnxn)) return;
  cnxn.isThrottled = false;
  readOn(service, cnxn);
}

/** Nothing keeps the connection from being read any more; it is the turn of what arrived meanwhile (enableRecv). */
export function readOn(service: Service, cnxn: ClientCnxn): void {
  if (cnxn.unread.length > 0 || cnxn.hasEnded) service.readable.push(cnxn.connection);
}

function shouldThrottle(ctx: ServiceContext, service: Service, cnxn: ClientCnxn): boolean {
  return service.inProcess > ctx.config.globalOutstandingLimit && cnxn.outstanding > 0;
}
