import type { ServerId } from "../ids.ts";
import type { Context, Peer } from "../server/peer.ts";
import type { ConnectionId } from "../server/port.ts";
import { type InitialMessage, type Notification, PROTOCOL_VERSION_V1 } from "./messages.ts";
import type { Connections, PeerLink } from "./state.ts";

/**
 * The connections of the election port (QuorumCnxManager): one for each pair of servers, owned by the larger id,
 * with a send queue of one, and the last message sent again on every new connection. It has no timer of its own:
 * a broken connection is dialled again only when the election has something to say.
 */

export function newConnections(members: readonly ServerId[], self: ServerId): Connections {
  return { links: members.filter((sid) => sid !== self).map(newLink), handshaking: [] };
}

function newLink(sid: ServerId): PeerLink {
  return {
    sid,
    connection: undefined,
    hasQueue: false,
    queued: undefined,
    lastSent: undefined,
    dialling: undefined,
  };
}

/** Queues a notification for a server, in place of the one that waits, and sees to a connection. */
export function toSend(ctx: Context, peer: Peer, to: ServerId, message: Notification): void {
  if (to === ctx.config.id) {
    ctx.port.loopback(message);
    return;
  }
  const link = linkTo(peer.connections, to);
  link.hasQueue = true;
  link.queued = message;
  if (link.connection === undefined) connectOne(ctx, link);
  else flush(ctx, link);
}

/** Dials every server that has a queue and no connection. */
export function connectAll(ctx: Context, peer: Peer): void {
  for (const link of peer.connections.links) if (link.hasQueue) connectOne(ctx, link);
}

/** True if any queue is empty, whatever the name says (QuorumCnxManager.haveDelivered). */
export function haveDelivered(connections: Connections): boolean {
  for (const link of connections.links) {
    if (link.hasQueue && link.queued === undefined) return true;
  }
  return false;
}

/** Somebody dialled the election port. Who, the initial message will tell, within tickTime · syncLimit. */
export function accepted(ctx: Context, peer: Peer, connection: ConnectionId): void {
  peer.connections.handshaking.push(connection);
  ctx.port.setTimer("handshake", connection, ctx.config.tickMs * ctx.config.syncLimit);
}

/** An accepted connection has not said in time who it is. */
export function handshakeTimedOut(ctx: Context, peer: Peer, connection: ConnectionId): void {
  if (!takeHandshake(ctx, peer.connections, connection)) return;
  ctx.port.close(connection);
}

/** A dial of this server succeeded: it says who it is, and keeps the connection if it is the larger id. */
export function connected(ctx: Context, peer: Peer, connection: ConnectionId): boolean {
  const link = peer.connections.links.find((l) => l.dialling === connection);
  if (link === undefined) return false;
  link.dialling = undefined;
  ctx.port.send(connection, initialMessage(ctx));
  if (link.sid > ctx.config.id) {
    // The other side dials back: the connection of a pair is always opened by the larger id.
    ctx.port.close(connection);
  } else {
    adopt(ctx, link, connection);
  }
  return true;
}

export function dialFailed(peer: Peer, connection: ConnectionId): boolean {
  const link = peer.connections.links.find((l) => l.dialling === connection);
  if (link === undefined) return false;
  link.dialling = undefined;
  return true;
}

/** The initial message of an accepted connection (QuorumCnxManager.handleConnection). */
export function introduced(
  ctx: Context,
  peer: Peer,
  connection: ConnectionId,
  message: InitialMessage,
): void {
  if (!takeHandshake(ctx, peer.connections, connection)) return;
  const sid = message.sid;
  if (sid === ctx.config.id) {
    // A configuration error or a bug (ZOOKEEPER-2164); ZooKeeper logs it and leaves the socket alone.
    return;
  }
  const link = linkTo(peer.connections, sid);
  if (sid > ctx.config.id) {
    adopt(ctx, link, connection);
    return;
  }
  // A smaller server may still believe in the old connection, so that one ends, and this server dials instead.
  dropConnection(ctx, link);
  ctx.port.close(connection);
  dial(ctx, link);
}

/** End of file or reset. Only the map entry goes: what waits in the queue stays, and so does the role. */
export function closed(ctx: Context, peer: Peer, connection: ConnectionId): boolean {
  if (takeHandshake(ctx, peer.connections, connection)) return true;
  for (const link of peer.connections.links) {
    if (link.connection === connection) {
      link.connection = undefined;
      return true;
    }
    if (link.dialling === connection) {
      link.dialling = undefined;
      return true;
    }
  }
  return false;
}

/** Whose connection this is, if it is one of the election's. */
export function senderOf(peer: Peer, connection: ConnectionId): ServerId | undefined {
  for (const link of peer.connections.links) if (link.connection === connection) return link.sid;
  return undefined;
}

function initialMessage(ctx: Context): InitialMessage {
  const self = ctx.config.members.find((member) => member.id === ctx.config.id);
  return {
    kind: "InitialMessage",
    protocolVersion: PROTOCOL_VERSION_V1,
    sid: ctx.config.id,
    address: self?.electionAddress ?? "",
  };
}

/** Starts the workers of a connection, in place of those of an older one. */
function adopt(ctx: Context, link: PeerLink, connection: ConnectionId): void {
  dropConnection(ctx, link);
  link.connection = connection;
  link.hasQueue = true;
  if (link.queued !== undefined) {
    flush(ctx, link);
  } else if (link.lastSent !== undefined) {
    // The last message may have died with the old connection; a duplicate does no harm.
    ctx.port.send(connection, link.lastSent);
  }
}

function flush(ctx: Context, link: PeerLink): void {
  const message = link.queued;
  if (message === undefined || link.connection === undefined) return;
  link.queued = undefined;
  link.lastSent = message;
  ctx.port.send(link.connection, message);
}

function dropConnection(ctx: Context, link: PeerLink): void {
  if (link.connection === undefined) return;
  ctx.port.close(link.connection);
  link.connection = undefined;
}

function connectOne(ctx: Context, link: PeerLink): void {
  if (link.connection === undefined) dial(ctx, link);
}

function dial(ctx: Context, link: PeerLink): void {
  if (link.dialling !== undefined) return;
  // A stranger's address is not in the configuration; it has to dial in itself.
  if (!ctx.config.members.some((member) => member.id === link.sid)) return;
  link.dialling = ctx.port.dial(link.sid, "election", ctx.config.cnxTimeoutMs);
}

function linkTo(connections: Connections, sid: ServerId): PeerLink {
  for (const link of connections.links) if (link.sid === sid) return link;
  const link = newLink(sid);
  connections.links.push(link);
  connections.links.sort((a, b) => a.sid - b.sid);
  return link;
}

function takeHandshake(ctx: Context, connections: Connections, connection: ConnectionId): boolean {
  const at = connections.handshaking.indexOf(connection);
  if (at < 0) return false;
  connections.handshaking.splice(at, 1);
  ctx.port.cancelTimer("handshake", connection);
  return true;
}
