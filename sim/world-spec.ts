import type { ClientConfig } from "../core/client/client-state.ts";
import type { Host } from "../core/client/connect-string.ts";
import type { ServerId } from "../core/ids.ts";
import type { PeerConfig, Rules } from "../core/server/peer.ts";
import type { ServiceConfig } from "../core/server/service/config.ts";
import type { DiskSpec } from "./disk/disk-spec.ts";
import type { DiskContents } from "./disk/stored-files.ts";
import type { Bounds } from "./kernel/kernel.ts";
import type { TraceLevel } from "./kernel/trace.ts";
import type { NetworkSpec } from "./network/link.ts";
import type { ClockSpec } from "./process/clock.ts";
import type { ThreadSpec } from "./process/threads.ts";

/** All that a run depends on. The same spec and seed give the same run, to the last bit. */
export interface WorldSpec {
  readonly seed: number;
  /** One for each server of an ensemble, by id, ascending. */
  readonly peers?: readonly PeerConfig[];
  /** A server by itself, which clients can use. */
  readonly standalone?: StandaloneSpec;
  readonly clients?: readonly ClientSpec[];
  /** Puts every message between clients and servers through the wire's bytes. It changes nothing but the speed. */
  readonly codec?: boolean;
  /** What each server finds on its disk, by id; a fresh disk where nothing is said. */
  readonly disks?: ReadonlyMap<number, DiskContents>;
  readonly clocks?: ReadonlyMap<number, ClockSpec>;
  readonly network?: NetworkSpec;
  readonly disk?: DiskSpec;
  /** What the disks of some servers are like instead, by id. */
  readonly diskSpecs?: ReadonlyMap<number, DiskSpec>;
  readonly threads?: ThreadSpec;
  readonly trace?: TraceLevel;
  readonly bounds?: Bounds;
  /** In place of the rules as they should be. */
  readonly rules?: Partial<Rules>;
}

export interface StandaloneSpec {
  readonly id: ServerId;
  readonly config: ServiceConfig;
  /** Under which clients know it. */
  readonly address: Host;
}

export interface ClientSpec {
  /** Among the ids of servers and other clients it is the only one. */
  readonly id: number;
  readonly name: string;
  readonly config: ClientConfig;
}
