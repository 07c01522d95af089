import { beforeEach, describe, expect, test } from "vitest";
import { ensemble } from "../../test/support/ensembles.ts";
import { peerOn } from "../../test/support/server-bench.ts";
import { RecordingServicePort } from "../../test/support/service-port.ts";
import { epoch, round, type ServerId, serverId } from "../ids.ts";
import { RULES } from "../server/bugs.ts";
import { newContext } from "../server/context.ts";
import type { Context, Peer, PeerConfig } from "../server/peer.ts";
import type { ConnectionId, Message, Port } from "../server/port.ts";
import { zxid } from "../zxid.ts";
import {
  accepted,
  closed,
  connectAll,
  connected,
  dialFailed,
  handshakeTimedOut,
  haveDelivered,
  introduced,
  senderOf,
  toSend,
} from "./connection-manager.ts";
import type { InitialMessage, Notification } from "./messages.ts";

/** The server under test is 3 of 1 to 5, of which 5 is an observer; 9 is in nobody's configuration. */
const SELF = 3;
const SMALLER = serverId(1);
const LARGER = serverId(4);
const OBSERVER = serverId(5);
const STRANGER = serverId(9);

const CONFIG = ensemble({ voters: 4, observers: 1 })[SELF - 1] as PeerConfig;

/** Writes down what a server does, one line each. Its connections are numbered as they are dialled. */
class StubPort implements Port {
  readonly did: string[] = [];
  #next = 100;

  /** What was done since the last call. */
  take(): string[] {
    return this.did.splice(0);
  }

  now(): number {
    return 0;
  }
  draw(): number {
    return 0;
  }
  listen(): void {}
  unlisten(): void {}
  dial(to: ServerId, port: string, timeoutMs: number): ConnectionId {
    const connection = this.#next++ as ConnectionId;
    this.did.push(`dial ${to} ${port} ${timeoutMs} as ${connection}`);
    return connection;
  }
  send(connection: ConnectionId, message: Message): void {
    const what = message.kind === "Notification" ? `vote ${message.zxid}` : message.kind;
    this.did.push(`send ${connection} ${what}`);
  }
  close(connection: ConnectionId): void {
    this.did.push(`close ${connection}`);
  }
  loopback(message: Notification): void {
    this.did.push(`loopback vote ${message.zxid}`);
  }
  setTimer(timer: string, key: number, delayMs: number): void {
    this.did.push(`set ${timer} ${key} ${delayMs}`);
  }
  cancelTimer(timer: string, key: number): void {
    this.did.push(`cancel ${timer} ${key}`);
  }
  write(): void {}
  exit(): void {}
  observe(): void {}
}

/** The n-th thing that this server has to say. */
function vote(n: number): Notification {
  return {
    kind: "Notification",
    state: "LOOKING",
    leader: serverId(SELF),
    zxid: zxid(n),
    electionEpoch: round(1),
    peerEpoch: epoch(0),
    version: 2,
    config: "",
  };
}

function initial(sid: ServerId): InitialMessage {
  return {
    kind: "InitialMessage",
    protocolVersion: -65536,
    sid,
    address: `server${sid}:3888`,
  };
}

const A = 1 as ConnectionId;
const B = 2 as ConnectionId;
const DIALLED = 100 as ConnectionId;

let port: StubPort;
let ctx: Context;
let peer: Peer;

beforeEach(() => {
  port = new StubPort();
  ctx = newContext(CONFIG, RULES, port, new RecordingServicePort());
  peer = peerOn(ctx);
});

/** Somebody dials in and says who it is. */
function dialsIn(sid: ServerId, connection: ConnectionId): void {
  accepted(ctx, peer, connection);
  introduced(ctx, peer, connection, initial(sid));
}

/** There is a connection with a larger server, and nothing has been said on it. */
function connectedWithLarger(): void {
  dialsIn(LARGER, A);
  port.take();
}

describe("who keeps a connection (QuorumCnxManager.startConnection)", () => {
  test("a dial of a smaller server is kept, once this one has said who it is", () => {
    toSend(ctx, peer, SMALLER, vote(1));
    expect(port.take()).toEqual([`dial 1 election 5000 as ${DIALLED}`]);

    expect(connected(ctx, peer, DIALLED)).toBe(true);
    expect(port.take()).toEqual([`send ${DIALLED} InitialMessage`, `send ${DIALLED} vote 1`]);
    expect(senderOf(peer, DIALLED)).toBe(SMALLER);
  });

  test("the initial message names this server and where it listens", () => {
    const sent: Message[] = [];
    port.send = (_connection, message) => void sent.push(message);
    toSend(ctx, peer, SMALLER, vote(1));
    connected(ctx, peer, DIALLED);

    expect(sent[0]).toEqual(initial(serverId(SELF)));
  });

  test("a dial of a larger server is closed after the initial message: that one dials back", () => {
    toSend(ctx, peer, LARGER, vote(1));
    port.take();
    connected(ctx, peer, DIALLED);

    expect(port.take()).toEqual([`send ${DIALLED} InitialMessage`, `close ${DIALLED}`]);
    expect(senderOf(peer, DIALLED)).toBeUndefined();
  });

  test("a larger server that dials in is kept, and gets what waits", () => {
    toSend(ctx, peer, LARGER, vote(1));
    port.take();
    dialsIn(LARGER, A);

    expect(port.take()).toEqual([
      `set handshake ${A} 10000`,
      `cancel handshake ${A}`,
      `send ${A} vote 1`,
    ]);
    expect(senderOf(peer, A)).toBe(LARGER);
  });

  test("a smaller server that dials in is closed and dialled back", () => {
    accepted(ctx, peer, A);
    port.take();
    introduced(ctx, peer, A, initial(SMALLER));

    expect(port.take()).toEqual([
      `cancel handshake ${A}`,
      `close ${A}`,
      `dial 1 election 5000 as ${DIALLED}`,
    ]);
    expect(senderOf(peer, A)).toBeUndefined();
  });

  test("a smaller server that dials in ends the connection that there was", () => {
    toSend(ctx, peer, SMALLER, vote(1));
    connected(ctx, peer, DIALLED);
    accepted(ctx, peer, A);
    port.take();
    introduced(ctx, peer, A, initial(SMALLER));

    expect(port.take()).toEqual([
      `cancel handshake ${A}`,
      `close ${DIALLED}`,
      `close ${A}`,
      `dial 1 election 5000 as 101`,
    ]);
    expect(senderOf(peer, DIALLED)).toBeUndefined();
  });

  test("a larger server that dials in again replaces its connection", () => {
    connectedWithLarger();
    accepted(ctx, peer, B);
    port.take();
    introduced(ctx, peer, B, initial(LARGER));

    expect(port.take()).toEqual([`cancel handshake ${B}`, `close ${A}`]);
    expect(senderOf(peer, A)).toBeUndefined();
    expect(senderOf(peer, B)).toBe(LARGER);
  });

  test("this server's own id is ignored, and the socket left alone (ZOOKEEPER-2164)", () => {
    accepted(ctx, peer, A);
    port.take();
    introduced(ctx, peer, A, initial(serverId(SELF)));

    expect(port.take()).toEqual([`cancel handshake ${A}`]);
    expect(senderOf(peer, A)).toBeUndefined();
  });

  test("an initial message on a connection that has had one changes nothing", () => {
    connectedWithLarger();
    introduced(ctx, peer, A, initial(SMALLER));

    expect(port.take()).toEqual([]);
    expect(senderOf(peer, A)).toBe(LARGER);
  });

  test("an observer is a server like any other here: its larger id keeps its connection", () => {
    dialsIn(OBSERVER, A);

    expect(senderOf(peer, A)).toBe(OBSERVER);
  });

  test("a stranger of larger id is kept, and gets answers", () => {
    dialsIn(STRANGER, A);
    port.take();
    toSend(ctx, peer, STRANGER, vote(1));

    expect(port.take()).toEqual([`send ${A} vote 1`]);
    expect(senderOf(peer, A)).toBe(STRANGER);
  });

  test("a stranger is known from then on, by id and in order among the others", () => {
    dialsIn(STRANGER, A);
    dialsIn(serverId(0), B);

    expect(peer.connections.links.map((link) => link.sid)).toEqual([0, 1, 2, 4, 5, 9]);
  });
});

describe("the handshake (QuorumCnxManager.InitialMessage)", () => {
  test("whoever dials in has tickTime · syncLimit to say who it is", () => {
    accepted(ctx, peer, A);
    expect(port.take()).toEqual([`set handshake ${A} 10000`]);

    handshakeTimedOut(ctx, peer, A);
    expect(port.take()).toContain(`close ${A}`);
  });

  test("what it says after that is too late", () => {
    accepted(ctx, peer, A);
    handshakeTimedOut(ctx, peer, A);
    port.take();
    introduced(ctx, peer, A, initial(LARGER));

    expect(port.take()).toEqual([]);
    expect(senderOf(peer, A)).toBeUndefined();
  });

  test("a time-out that comes after the initial message closes nothing", () => {
    connectedWithLarger();
    handshakeTimedOut(ctx, peer, A);

    expect(port.take()).toEqual([]);
    expect(senderOf(peer, A)).toBe(LARGER);
  });

  test("a connection that ends before its initial message takes its timer along", () => {
    accepted(ctx, peer, A);
    port.take();

    expect(closed(ctx, peer, A)).toBe(true);
    expect(port.take()).toEqual([`cancel handshake ${A}`]);
    expect(peer.connections.handshaking).toEqual([]);
  });

  test("before it has said who it is, it is nobody", () => {
    accepted(ctx, peer, A);

    expect(senderOf(peer, A)).toBeUndefined();
  });
});

describe("queues (QuorumCnxManager.SendWorker)", () => {
  test("without a connection the newest replaces the one that waits", () => {
    for (const n of [1, 2, 3]) toSend(ctx, peer, LARGER, vote(n));
    port.take();
    dialsIn(LARGER, A);

    expect(port.take().filter((line) => line.startsWith("send"))).toEqual([`send ${A} vote 3`]);
  });

  test("on a connection every message is sent, in order", () => {
    connectedWithLarger();
    for (const n of [1, 2, 3]) toSend(ctx, peer, LARGER, vote(n));

    expect(port.take()).toEqual([`send ${A} vote 1`, `send ${A} vote 2`, `send ${A} vote 3`]);
  });

  test("a new connection that finds the queue empty gets the last message again", () => {
    connectedWithLarger();
    toSend(ctx, peer, LARGER, vote(1));
    toSend(ctx, peer, LARGER, vote(2));
    closed(ctx, peer, A);
    port.take();
    dialsIn(LARGER, B);

    expect(port.take()).toContain(`send ${B} vote 2`);
  });

  test("and a third connection gets it a third time", () => {
    connectedWithLarger();
    toSend(ctx, peer, LARGER, vote(1));
    dialsIn(LARGER, B);
    port.take();
    dialsIn(LARGER, 3 as ConnectionId);

    expect(port.take()).toContain("send 3 vote 1");
  });

  test("a new connection that finds a message waiting gets that one only", () => {
    connectedWithLarger();
    toSend(ctx, peer, LARGER, vote(1));
    closed(ctx, peer, A);
    toSend(ctx, peer, LARGER, vote(2));
    port.take();
    dialsIn(LARGER, B);

    expect(port.take().filter((line) => line.startsWith("send"))).toEqual([`send ${B} vote 2`]);
  });

  test("a first connection with nothing to say is silent", () => {
    accepted(ctx, peer, A);
    port.take();
    introduced(ctx, peer, A, initial(LARGER));

    expect(port.take()).toEqual([`cancel handshake ${A}`]);
  });

  test("what waits for one server is not sent to another", () => {
    toSend(ctx, peer, SMALLER, vote(1));
    port.take();
    dialsIn(LARGER, A);

    expect(port.take().filter((line) => line.startsWith("send"))).toEqual([]);
  });

  test("the queue survives a broken connection and a failed dial", () => {
    toSend(ctx, peer, SMALLER, vote(1));
    dialFailed(peer, DIALLED);
    connectAll(ctx, peer);
    port.take();
    connected(ctx, peer, 101 as ConnectionId);

    expect(port.take()).toContain("send 101 vote 1");
  });

  test("a message to this server itself goes straight into its receive queue", () => {
    toSend(ctx, peer, serverId(SELF), vote(7));

    expect(port.take()).toEqual(["loopback vote 7"]);
  });
});

describe("haveDelivered: true if any queue is empty, whatever its comment says", () => {
  test("no queue at all: nothing has been delivered", () => {
    expect(haveDelivered(peer.connections)).toBe(false);
  });

  test("every queue holds a message: no", () => {
    for (const sid of [1, 2, 4]) toSend(ctx, peer, serverId(sid), vote(1));

    expect(haveDelivered(peer.connections)).toBe(false);
  });

  test("one queue of three is empty: yes", () => {
    for (const sid of [1, 2, 4]) toSend(ctx, peer, serverId(sid), vote(1));
    dialsIn(LARGER, A);

    expect(haveDelivered(peer.connections)).toBe(true);
  });

  test("it stays so when that connection breaks, until something new waits", () => {
    for (const sid of [1, 2, 4]) toSend(ctx, peer, serverId(sid), vote(1));
    dialsIn(LARGER, A);
    closed(ctx, peer, A);
    expect(haveDelivered(peer.connections)).toBe(true);

    toSend(ctx, peer, LARGER, vote(2));
    expect(haveDelivered(peer.connections)).toBe(false);
  });

  test("a connection nobody has written to has an empty queue too", () => {
    connectedWithLarger();

    expect(haveDelivered(peer.connections)).toBe(true);
  });
});

describe("dialling (QuorumCnxManager.connectOne)", () => {
  test("nothing is dialled while there is a connection", () => {
    connectedWithLarger();
    toSend(ctx, peer, LARGER, vote(1));
    connectAll(ctx, peer);

    expect(port.take()).toEqual([`send ${A} vote 1`]);
  });

  test("at most one dial to a server is in progress (ZOOKEEPER-3756)", () => {
    toSend(ctx, peer, SMALLER, vote(1));
    toSend(ctx, peer, SMALLER, vote(2));
    connectAll(ctx, peer);
    dialsIn(SMALLER, A);

    expect(port.take().filter((line) => line.startsWith("dial 1"))).toHaveLength(1);
  });

  test("but dials to several servers are", () => {
    for (const sid of [1, 2, 4]) toSend(ctx, peer, serverId(sid), vote(1));

    expect(port.take().map((line) => line.slice(0, 6))).toEqual(["dial 1", "dial 2", "dial 4"]);
  });

  test("after a failed dial nobody dials until there is something to say", () => {
    toSend(ctx, peer, SMALLER, vote(1));
    port.take();
    expect(dialFailed(peer, DIALLED)).toBe(true);
    expect(port.take()).toEqual([]);

    toSend(ctx, peer, SMALLER, vote(2));
    expect(port.take()).toEqual(["dial 1 election 5000 as 101"]);
  });

  test("after a broken connection neither: only the map entry goes, and the role stays", () => {
    peer.state = "FOLLOWING";
    connectedWithLarger();
    expect(closed(ctx, peer, A)).toBe(true);

    expect(port.take()).toEqual([]);
    expect(senderOf(peer, A)).toBeUndefined();
    expect(peer.state).toBe("FOLLOWING");
  });

  test("connectAll dials every server that has a queue and no connection, by id", () => {
    for (const sid of [1, 2, 4]) toSend(ctx, peer, serverId(sid), vote(1));
    dialsIn(LARGER, A);
    for (const dial of [100, 101, 102]) dialFailed(peer, dial as ConnectionId);
    port.take();
    connectAll(ctx, peer);

    expect(port.take()).toEqual(["dial 1 election 5000 as 103", "dial 2 election 5000 as 104"]);
  });

  test("connectAll dials nobody that this server never had anything to say to", () => {
    connectAll(ctx, peer);

    expect(port.take()).toEqual([]);
  });

  test("a dial that is answered by somebody who dials in meanwhile: the smaller side gives its own up", () => {
    toSend(ctx, peer, LARGER, vote(1));
    dialsIn(LARGER, A);
    port.take();
    connected(ctx, peer, DIALLED);

    expect(port.take()).toEqual([`send ${DIALLED} InitialMessage`, `close ${DIALLED}`]);
    expect(senderOf(peer, A)).toBe(LARGER);
  });

  test("a dialled connection that ends before it was connected can be dialled again", () => {
    toSend(ctx, peer, SMALLER, vote(1));
    expect(closed(ctx, peer, DIALLED)).toBe(true);
    port.take();
    connectAll(ctx, peer);

    expect(port.take()).toEqual(["dial 1 election 5000 as 101"]);
  });

  test("connections of somebody else are none of its business", () => {
    const others = 77 as ConnectionId;

    expect(connected(ctx, peer, others)).toBe(false);
    expect(dialFailed(peer, others)).toBe(false);
    expect(closed(ctx, peer, others)).toBe(false);
    expect(port.take()).toEqual([]);
  });
});
