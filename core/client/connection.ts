import { NO_SESSION } from "../ids.ts";
import type { ConnectionId } from "../server/port.ts";
import { OPCODES, XID } from "../wire/opcodes.ts";
import type { ConnectResponse } from "../wire/records.ts";
import type { LossReason } from "./client-port.ts";
import {
  type Client,
  type ClientContext,
  connectTimeout,
  isAlive,
  type Packet,
  readTimeout,
} from "./client-state.ts";
import { tellState } from "./event-thread.ts";
import { pushFront } from "./fifo.ts";
import { hostConnected, nextHost, SPIN_DELAY_MS } from "./host-provider.ts";
import { stopWake, tend } from "./keep-alive.ts";
import { complete, failAll, flush } from "./packets.ts";
import { setWatchesRequests } from "./set-watches.ts";

/** How a client finds a server, loses it, and finds the next one (the loop of SendThread.run). */

/** ClientCnxnSocketNIO.cleanup sleeps so long when it has closed a socket. */
const CLEANUP_MS = 100;
/** Clients that lost the same server shall not all come to the next one at once (SendThread.startConnect). */
const RECONNECT_SPREAD_MS = 1000;

/** Goes for the next server, after the waits that are due. */
export function connectNext(ctx: ClientContext, client: Client): void {
  if (client.closing) {
    end(ctx, client);
    return;
  }
  let delayMs = 0;
  if (client.rwServer === undefined) {
    const next = nextHost(client.hosts);
    client.host = next.host;
    if (next.roundIsOver) delayMs += SPIN_DELAY_MS;
  } else {
    client.host = client.rwServer;
    client.rwServer = undefined;
  }
  if (!client.isFirstConnect) delayMs += ctx.port.draw(RECONNECT_SPREAD_MS);
  if (delayMs === 0) {
    dial(ctx, client);
  } else {
    client.phase = "pausing";
    ctx.port.setTimer("pause", delayMs);
  }
}

/** The timer `pause` went off. */
export function paused(ctx: ClientContext, client: Client): void {
  if (client.phase === "pausing") dial(ctx, client);
  else if (client.phase === "cleanup") cleanedUp(ctx, client);
}

function dial(ctx: ClientContext, client: Client): void {
  const { host } = client;
  if (host === undefined) return;
  client.state = "CONNECTING";
  client.phase = "dialling";
  client.lastSendMs = client.lastHeardMs = ctx.port.now();
  ctx.port.observe({ kind: "dialling", host });
  client.connection = ctx.port.dial(host);
  tendOrLose(ctx, client);
}

/**
 * The connection is there: the connect request goes out, and what has to be the first on it is put before everything
 * that waits (SendThread.primeConnection). Java puts each of them at the front of the queue, so that the auth packets,
 * and the setWatches requests behind them, go out in the reverse of the order in which they are made.
 */
export function dialled(ctx: ClientContext, client: Client, connection: ConnectionId): void {
  const { config, port } = ctx;
  client.isFirstConnect = false;
  client.phase = "handshaking";
  client.lastSendMs = client.lastHeardMs = port.now();
  const first: Packet[] = [];
  for (const { scheme, auth } of client.auths) {
    const request = { kind: "auth", type: 0, scheme, auth } as const;
    first.unshift({ xid: XID.auth, type: OPCODES.auth, request, caller: undefined });
  }
  if (!config.disableAutoWatchReset) {
    const resets = setWatchesRequests(client.watches, config.chroot, client.lastZxid);
    for (const { type, request } of resets.reverse()) {
      first.push({ xid: XID.setWatches, type, request, caller: undefined });
    }
    if (resets.length > 0) port.observe({ kind: "watchesReset", requests: resets.length });
  }
  pushFront(client.outgoing, first);
  port.send(connection, {
    kind: "connect",
    request: {
      protocolVersion: 0,
      lastZxidSeen: client.lastZxid,
      timeOut: config.sessionTimeoutMs,
      // The id that a read-only server gave is good with no other.
      sessionId: client.seenRwServer ? client.sessionId : NO_SESSION,
      passwd: client.passwd,
      readOnly: config.canBeReadOnly,
    },
  });
  tendOrLose(ctx, client);
}

/** The answer to the connect request (SendThread.onConnected). */
export function handshakeAnswered(
  ctx: ClientContext,
  client: Client,
  response: ConnectResponse,
): void {
  client.negotiatedTimeoutMs = response.timeOut;
  if (response.timeOut <= 0) {
    client.state = "CLOSED";
    tellState(ctx, client, "Expired");
    client.eventsEnded = true;
    lose(ctx, client, "expired");
    return;
  }
  const readOnly = response.readOnly ?? false;
  client.readTimeoutMs = readTimeout(response.timeOut);
  client.connectTimeoutMs = connectTimeout(response.timeOut, client.hosts.hosts.length);
  hostConnected(client.hosts);
  client.sessionId = response.sessionId;
  client.passwd = response.passwd;
  client.state = readOnly ? "CONNECTEDREADONLY" : "CONNECTED";
  client.phase = "established";
  if (!readOnly) client.seenRwServer = true;
  if (client.host !== undefined) {
    ctx.port.observe({
      kind: "established",
      host: client.host,
      sessionId: response.sessionId,
      timeoutMs: response.timeOut,
      readOnly,
    });
  }
  tellState(ctx, client, readOnly ? "ConnectedReadOnly" : "SyncConnected");
  flush(ctx, client);
  tendOrLose(ctx, client);
}

/** Looks after the connection, and gives it up if that is due. */
export function tendOrLose(ctx: ClientContext, client: Client): void {
  const why = tend(ctx, client);
  if (why !== undefined) lose(ctx, client, why);
}

/** Gives the connection up. Callers and watchers learn of it when the socket is cleaned up. */
export function lose(ctx: ClientContext, client: Client, why: LossReason): void {
  const { connection } = client;
  const isOpen = why !== "closed" && why !== "refused" && why !== "timeout";
  if (connection !== undefined && isOpen) ctx.port.close(connection);
  client.connection = undefined;
  stopWake(ctx, client);
  client.phase = "cleanup";
  ctx.port.observe({ kind: "lost", why });
  ctx.port.setTimer("pause", CLEANUP_MS);
}

/** SendThread.cleanAndNotifyState, and what follows in its loop. */
function cleanedUp(ctx: ClientContext, client: Client): void {
  failAll(ctx, client);
  if (!isAlive(client) || client.closing) {
    end(ctx, client);
    return;
  }
  tellState(ctx, client, "Disconnected");
  connectNext(ctx, client);
}

/** The loop is over: nobody is connected to any more, and whoever closed the client learns of it. */
function end(ctx: ClientContext, client: Client): void {
  failAll(ctx, client);
  if (isAlive(client)) {
    tellState(ctx, client, "Disconnected");
    client.state = "CLOSED";
  }
  client.phase = "ended";
  tellState(ctx, client, "Closed");
  client.eventsEnded = true;
  ctx.port.observe({ kind: "ended" });
  const { closed } = client;
  if (closed === undefined) return;
  client.closed = undefined;
  const { token, outcome } = closed;
  complete(ctx, token, { kind: "close" }, outcome);
}
