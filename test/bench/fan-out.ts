import { NO_SESSION } from "../../core/ids.ts";
import { serviceConfig } from "../../core/server/service/config.ts";
import { recover } from "../../core/server/service/recovery.ts";
import { newService, stepService } from "../../core/server/service/service.ts";
import {
  type ClientConnection,
  clientConnection,
  type ServicePort,
} from "../../core/server/service/service-port.ts";
import { standaloneContext } from "../../core/server/service/standalone.ts";
import type { Service, ServiceContext } from "../../core/server/service/state.ts";
import { newTree } from "../../core/tree/data-tree.ts";
import { addDataWatch, newWatches } from "../../core/tree/watches.ts";
import { OPCODES } from "../../core/wire/opcodes.ts";
import type { Request } from "../../core/wire/records.ts";
import { ZERO_ZXID } from "../../core/zxid.ts";
import { interleave, type Variant } from "./measure.ts";
import { type BenchOptions, ratesOf, type Row } from "./row.ts";
import { applyNext, createTxn, DATA } from "./wide-tree.ts";

/** One change that many watch: what the tree does about it, and what a server does, up to handing its messages over. */

const FEW = 10;
const MANY = 10_000;
const PATH = "/watched";
const WARM_UP_SECONDS = 0.5;

export function fanOutRows({ rounds, progress }: BenchOptions): Row[] {
  const variants = [treeVariant(FEW), treeVariant(MANY), serverVariant(FEW), serverVariant(MANY)];
  const outcomes = interleave(
    variants,
    rounds,
    (text) => progress(`watches: ${text}`),
    WARM_UP_SECONDS,
  );
  const rates = (name: string): readonly number[] => ratesOf(outcomes, name, "events");
  return ["tree", "server"].flatMap((where) => {
    const few = { name: nameOf(where, FEW), unit: "events/s", figures: rates(nameOf(where, FEW)) };
    const many = nameOf(where, MANY);
    const against = { name: `${FEW} watchers`, figures: few.figures };
    return [few, { name: many, unit: "events/s", figures: rates(many), against }];
  });
}

function nameOf(where: string, watchers: number): string {
  return `${where}: ${watchers} watchers of one path`;
}

/** Watches are used up and set again, so that a round has as many events however few watch: all of it counts. */
function treeVariant(watchers: number): Variant {
  const tree = newTree({ extendedTypes: false });
  const watches = newWatches();
  applyNext(tree, createTxn(PATH));
  let events = 0;
  const sink = (): void => {
    events++;
  };
  return {
    name: nameOf("tree", watchers),
    run: () => {
      for (events = 0; events < MANY;) {
        for (let i = 0; i < watchers; i++) addDataWatch(watches, i, PATH);
        applyNext(
          tree,
          { kind: "setData", path: PATH, data: DATA, version: 1 },
          NO_SESSION,
          watches,
          sink,
        );
      }
      return { events };
    },
  };
}

function serverVariant(watchers: number): Variant {
  const server = new Server(watchers);
  server.request(1, { kind: "create", path: PATH, data: DATA, acl: OPEN, flags: 0 });
  return {
    name: nameOf("server", watchers),
    run: () => {
      for (server.events = 0; server.events < MANY;) {
        for (let i = 1; i <= watchers; i++) {
          server.request(i, { kind: "getData", path: PATH, watch: true });
        }
        server.request(1, { kind: "setData", path: PATH, data: DATA, version: -1 });
      }
      return { events: server.events };
    },
  };
}

const OPEN = [{ perms: 31, id: { scheme: "world", id: "anyone" } }];

/** A service with so many connections, and nothing of a world: what it sends is counted. */
class Server {
  events = 0;
  readonly #context: ServiceContext;
  readonly #service: Service;
  #isForcing = false;
  #xid = 1;

  constructor(connections: number) {
    this.#context = standaloneContext(serviceConfig({ maxClientCnxns: 0 }), this.#port());
    const recovery = recover({ snapshots: [], logs: [] }, { extendedTypes: false });
    if (recovery.kind === "refused") throw new Error(recovery.why);
    this.#service = newService(this.#context, recovery);
    this.#step({ kind: "boot" });
    this.#step({ kind: "snapshotWritten", ok: true });
    for (let i = 1; i <= connections; i++) this.#connect(clientConnection(i));
  }

  request(connection: number, request: Request): void {
    const header = { xid: this.#xid++, type: OPCODES[request.kind] };
    this.#frame(clientConnection(connection), { kind: "request", header, request, bytes: 0 });
  }

  #connect(connection: ClientConnection): void {
    this.#step({ kind: "clientAccepted", connection, address: "10.0.0.1" });
    const request = {
      protocolVersion: 0,
      lastZxidSeen: ZERO_ZXID,
      timeOut: 30_000,
      sessionId: NO_SESSION,
      passwd: new Uint8Array(16),
      readOnly: false,
    };
    this.#frame(connection, { kind: "connect", request, bytes: 0 });
  }

  #frame(
    connection: ClientConnection,
    frame: Extract<Parameters<typeof stepService>[2], { kind: "clientFrame" }>["frame"],
  ): void {
    this.#step({ kind: "clientFrame", connection, frame });
    while (this.#isForcing) {
      this.#isForcing = false;
      this.#step({ kind: "forced" });
    }
  }

  #step(input: Parameters<typeof stepService>[2]): void {
    stepService(this.#context, this.#service, input);
  }

  #port(): ServicePort {
    const nothing = (): void => {};
    return {
      now: () => 0,
      wallMs: () => 0,
      draw: () => 0,
      send: (_connection, message) => {
        if (message.kind === "event") this.events++;
      },
      closeClient: () => {
        throw new Error("the server closed a connection");
      },
      append: nothing,
      force: () => {
        this.#isForcing = true;
      },
      rollLog: nothing,
      writeSnapshot: nothing,
      stored: () => ({ snapshots: [], logs: [] }),
      truncate: nothing,
      purge: nothing,
      setTimer: nothing,
      cancelTimer: nothing,
      observe: nothing,
    };
  }
}
