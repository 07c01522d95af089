import type { ClientOp } from "../../core/client/operations.ts";
import { serverId } from "../../core/ids.ts";
import { serviceConfig } from "../../core/server/service/config.ts";
import type { Service } from "../../core/server/service/state.ts";
import { DISK_PROFILES } from "../../sim/disk/disk-spec.ts";
import { LAST_TIME, type TraceLevel } from "../../sim/kernel/trace.ts";
import { networkOf } from "../../sim/network/link.ts";
import { World } from "../../sim/world.ts";
import { clientSpec } from "../support/clients.ts";
import { pump } from "./pump.ts";
import { applyNext, fill } from "./wide-tree.ts";

/** A standalone server in a world with clients that have sessions with it. */

export const CLIENTS = 100;
/** Requests that have been made and not answered, of all clients together. */
const IN_FLIGHT = 100;

const HOST = { host: "server1", port: 2181 };
const FIRST_CLIENT = 1001;
const SETTLE_US = 1_000_000;

export interface StandaloneOptions {
  readonly nodes: number;
  readonly trace: TraceLevel;
  readonly codec: boolean;
}

export class Standalone {
  readonly world: World;
  readonly service: Service;

  constructor({ nodes, trace, codec }: StandaloneOptions) {
    this.world = new World({
      seed: 1,
      standalone: {
        id: serverId(1),
        // A snapshot lists the tree; none is to fall into what is measured.
        config: serviceConfig({ tickTime: 2000, snapCount: 2 ** 31 }),
        address: HOST,
      },
      clients: Array.from({ length: CLIENTS }, (_, i) =>
        clientSpec(FIRST_CLIENT + i, [HOST], { name: `client${i + 1}`, sessionTimeoutMs: 40_000 }),
      ),
      network: networkOf("loopback"),
      disk: { force: DISK_PROFILES.zero },
      bounds: { maxEvents: Number.MAX_SAFE_INTEGER, maxTime: LAST_TIME },
      trace,
      codec,
    });
    this.#boot(1);
    this.world.run({ untilTime: SETTLE_US });
    const service = this.world.standalone?.service;
    if (service === undefined || !service.isRunning) throw new Error("the server does not run");
    this.service = service;
    // Not through clients: a million creates would take longer than everything that is measured.
    fill(service.database.tree, nodes);
    service.lastPreparedZxid = service.database.tree.lastProcessedZxid;
    for (const { id } of this.world.clients) this.#boot(id);
    this.world.run({
      untilTime: 2 * SETTLE_US,
      until: () => this.world.clients.every(({ client }) => client?.state === "CONNECTED"),
    });
  }

  /** Has so many operations done by the first of the clients, a hundred of them always under way. */
  drive(clients: number, operations: number, next: () => ClientOp): void {
    const load = { operations, inFlight: IN_FLIGHT, next };
    pump(this.world.clients.slice(0, clients), load, (isDone) => {
      const reason = this.world.run({ until: isDone });
      if (reason !== "predicate") throw new Error(`the run ended before its time (${reason})`);
    });
  }

  /** Deletes nodes behind everybody's back. */
  remove(paths: readonly string[]): void {
    const { tree } = this.service.database;
    for (const path of paths) applyNext(tree, { kind: "delete", path });
    this.service.lastPreparedZxid = tree.lastProcessedZxid;
  }

  #boot(id: number): void {
    const problem = this.world.perform({ do: "boot", server: id });
    if (problem !== undefined) throw new Error(problem);
  }
}
