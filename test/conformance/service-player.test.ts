import { describe, expect, test } from "vitest";
import { ByteReader, ByteWriter, framed, hexBytes } from "./service-bytes.ts";
import type { ServiceStep, StepArgs, StepResult } from "./service-case.ts";
import type { Client, ServiceHost } from "./service-host.ts";
import { CasePlayer } from "./service-player.ts";

/** A server that answers pings, and requests with what it was told to. */
class ScriptedHost implements ServiceHost {
  readonly writesMembership = false;
  /** What goes out for the next requests: packets in hex, or `close`. `xid` stands for the request's. */
  readonly answers: string[][] = [];
  ran = 0;
  readonly pings: string[] = [];
  connectAnswer: string[] = [connectResponse(30_000, "0100000000000001")];
  #clients = 0;

  open(client: Client): { send: (bytes: Uint8Array) => void; close: () => void } {
    const name = `c${++this.#clients}`;
    let isConnected = false;
    return {
      send: (bytes) => {
        const reader = new ByteReader(bytes);
        while (reader.left > 0) {
          const packet = new ByteReader(reader.buffer() ?? new Uint8Array());
          const xid = packet.int();
          if (!isConnected) this.#answer(client, this.connectAnswer, "");
          else if (packet.int() === 11) {
            this.pings.push(`${name}@${this.ran}`);
            this.#answer(client, ["fffffffe 0000000000000007 00000000"], "");
          } else this.#answer(client, this.answers.shift() ?? [], xidHex(xid));
          isConnected = true;
        }
      },
      close: () => {},
    };
  }

  run(ms: number): void {
    this.ran += ms;
  }

  settle(): void {}

  #answer(client: Client, packets: readonly string[], xid: string): void {
    for (const packet of packets) {
      if (packet === "close") client.onClosed();
      else {
        const bytes = framed(hexBytes(packet.replace("xid", xid).replaceAll(" ", "")));
        // Byte by byte, as a network may deliver.
        for (const byte of bytes) client.onBytes(Uint8Array.of(byte), undefined);
      }
    }
  }
}

const OK = "xid 0000000000000007 00000000";
const NODE_CREATED = "ffffffff ffffffffffffffff 00000000 00000001 00000003 00000002 2f61";
const NODE_DELETED = "ffffffff ffffffffffffffff 00000000 00000002 00000005 00000002 2f61";

describe("a step's result has", () => {
  test("events before and after its reply", () => {
    const { play } = connected([[NODE_CREATED, OK, NODE_DELETED]]);
    expect(play("delete", { path: "/a" })).toEqual({
      err: 0,
      zxid: 7,
      events: [
        { to: "s1", type: "NodeCreated", path: "/a", before: true },
        { to: "s1", type: "NodeDeleted", path: "/a", state: 5 },
      ],
    });
  });

  test("no reply if only its ping is answered", () => {
    const { play } = connected([[], [OK]]);
    expect(play("check", { path: "/a" })).toEqual({ noReply: true });
    expect(play("delete", { path: "/a" })).toEqual({ err: 0, zxid: 7 });
  });

  test("the close of its connection, once", () => {
    const { play } = connected([[OK, "close"]]);
    expect(play("closeSession", {})).toEqual({ err: 0, zxid: 7, closedConns: ["s1"] });
    expect(play("delete", { path: "/a" })).toEqual({ closed: true });
  });

  test("a close in place of a reply", () => {
    const { play } = connected([["close"]]);
    expect(play("delete", { path: "/a" })).toEqual({ closed: true, closedConns: ["s1"] });
  });

  test("what the reader does not know of a reply", () => {
    const { play } = connected([[`${OK} 00000000`], [`${OK} 0102`]]);
    expect(play("addWatch", { path: "/", mode: 0 })).toMatchObject({ extraBytes: "00000000" });
    expect(play("raw", { opcode: 7, hex: "" })).toMatchObject({ err: 0, extraBytes: "0102" });
  });

  test("replies of a pipeline with the events before each", () => {
    const { play } = connected([
      [OK],
      [NODE_CREATED, NODE_DELETED, "xid 0000000000000007 ffffff9b"],
    ]);
    const ops = [
      { op: "delete", args: { path: "/a" } },
      { op: "delete", args: { path: "/b" } },
    ];
    expect(play("pipeline", { ops })).toMatchObject({
      replies: [
        { err: 0, zxid: 7, eventsBefore: 0 },
        { err: -101, zxid: 7, eventsBefore: 2 },
      ],
      events: [{ type: "NodeCreated" }, { type: "NodeDeleted" }],
    });
  });
});

describe("is malformed:", () => {
  test.each<[string, string[], RegExp]>([
    ["a reply to nobody", ["00000063 0000000000000007 00000000"], /a reply with the xid 99 of no/],
    ["two replies", [OK, OK], /a reply with the xid 1 of no request/],
    ["a reply that ends early", [`${OK} 0000`], /the reply ends 6 bytes before/],
    [
      "the zxid of an event",
      [NODE_CREATED.replace("ffffffffffffffff", "0000000000000007"), OK],
      /a watch event has zxid 7/,
    ],
    [
      "a reply that the codec would not write",
      [`${OK} ${"00".repeat(69)}`],
      /^s1: the codec reads 0.*… and writes 0.*… \(exists\)$/,
    ],
  ])("%s", (_, answer, problem) => {
    const { play } = connected([answer]);
    expect(play("exists", { path: "/a" }).malformed).toMatch(problem);
  });

  test("replies in another order", () => {
    const { play } = connected([
      [],
      ["00000002 0000000000000007 00000000", "00000001 0000000000000007 00000000"],
    ]);
    const ops = [
      { op: "delete", args: { path: "/a" } },
      { op: "delete", args: { path: "/b" } },
    ];
    expect(play("pipeline", { ops }).malformed).toMatch("the reply of xid 1 is out of its order");
  });
});

describe("a connection", () => {
  test("is told what the server granted, and the zxid of its first ping", () => {
    const { connect } = unconnected();
    expect(connect({})).toEqual({ session: "s1", timeout: 30_000, readOnly: false, lastZxid: 7 });
  });

  test.each<[string, string[], StepResult]>([
    ["an older response", [connectResponse(200, "0000000000000009", "")], { readOnly: null }],
    [
      "an expired session",
      [connectResponse(0, "0000000000000000"), "close"],
      { expired: true, timeout: 0, sessionIdZero: true, closedConns: ["s1"] },
    ],
    [
      "a bare header",
      ["00000000 0000000000000000 ffffff89", "close"],
      { headerOnly: true, zxid: 0, err: -119, closedConns: ["s1"] },
    ],
    ["a close", ["close"], { closed: true, closedConns: ["s1"] }],
    ["silence", [], { noReply: true }],
  ])("may be answered with %s", (_, answer, result) => {
    const { host, connect } = unconnected();
    host.connectAnswer = answer;
    expect(connect({})).toMatchObject(result);
  });

  test("is kept alive by pings while time passes", () => {
    const { host, play } = connected([]);
    const before = host.ran;
    host.pings.length = 0;
    play("advance", { ms: 250, keepAlive: ["s1"] });
    const at = before + 1;
    expect(host.ran).toBe(at + 250);
    // The last is the one that ends every step.
    expect(host.pings).toEqual([`c1@${at}`, `c1@${at + 100}`, `c1@${at + 200}`, `c1@${at + 250}`]);
  });

  test("is dropped by its client", () => {
    const { host, play } = connected([]);
    host.pings.length = 0;
    expect(play("drop", {})).toEqual({});
    expect(host.pings).toEqual([]);
    expect(play("delete", { path: "/a" })).toEqual({ closed: true });
  });
});

describe("times", () => {
  const stat = (zxid: number, ctime: number, mtime: number): string => {
    const writer = new ByteWriter().long(zxid).long(zxid).long(ctime).long(mtime);
    for (let i = 0; i < 3; i++) writer.int(0);
    writer.long(0).int(0).int(0).long(zxid);
    return Buffer.from(writer.bytes()).toString("hex");
  };

  test("are equal where zxids are", () => {
    const { play, player } = connected([
      [`${OK} ${stat(3, 50, 50)}`],
      [`${OK} ${stat(3, 50, 51)}`],
      [`${OK} ${stat(4, 49, 49)}`],
    ]);
    for (let i = 0; i < 3; i++) play("exists", { path: "/a" });
    expect(player.takeProblems()).toEqual(["the time of zxid 3 is 51 in one place, 50 in another"]);
  });

  test("are 0 in what a fresh server has", () => {
    const { play, player } = connected([[`${OK} ${stat(0, 0, 0)}`], [`${OK} ${stat(0, 1, 0)}`]]);
    play("exists", { path: "/" });
    expect(player.takeProblems()).toEqual([]);
    play("exists", { path: "/" });
    expect(player.takeProblems()).toEqual(["the time of zxid 0 is 1 in one place, 0 in another"]);
  });
});

test("a connection or a session that is none", () => {
  const { play, connect } = unconnected();
  expect(() => play("sync", { path: "/" })).toThrow('there is no connection "s1"');
  expect(() => connect({ resume: "s9" })).toThrow('there is no session "s9"');
});

function unconnected(): {
  host: ScriptedHost;
  player: CasePlayer;
  play: (op: string, args: StepArgs) => StepResult;
  connect: (args: StepArgs) => StepResult;
} {
  const host = new ScriptedHost();
  const player = new CasePlayer(host);
  const step = (op: string, args: StepArgs): ServiceStep => ({ s: "s1", op, args, result: {} });
  return {
    host,
    player,
    play: (op, args) => player.play(step(op, args)),
    connect: (args) => player.play(step("connect", args)),
  };
}

function connected(answers: readonly string[][]): ReturnType<typeof unconnected> {
  const all = unconnected();
  all.connect({});
  all.host.answers.push(...answers);
  return all;
}

function connectResponse(timeout: number, sessionId: string, readOnly = "00"): string {
  return `00000000 ${xidHex(timeout)} ${sessionId} 00000010 ${"00".repeat(16)} ${readOnly}`;
}

function xidHex(n: number): string {
  return (n >>> 0).toString(16).padStart(8, "0");
}
