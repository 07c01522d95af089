import type { Host } from "../core/client/connect-string.ts";
import { RULES } from "../core/server/bugs.ts";
import type { PeerConfig, Rules } from "../core/server/peer.ts";
import { type DiskSpec, DISK_PROFILES } from "./disk/disk-spec.ts";
import { EpochFiles } from "./disk/epoch-files.ts";
import { ServiceDisk } from "./disk/service-disk.ts";
import { epochsOn } from "./disk/stored-files.ts";
import type { Random } from "./kernel/prng.ts";
import type { NetworkHost } from "./network/network.ts";
import { type ClockSpec, TRUE_CLOCK } from "./process/clock.ts";
import { ClientProcess, type Isro } from "./process/client-process.ts";
import { type PeerHost, PeerProcess } from "./process/peer-process.ts";
import type { Process } from "./process/process.ts";
import { StandaloneProcess } from "./process/standalone-process.ts";
import { THREAD_PROFILES } from "./process/threads.ts";
import type { ClientSpec, StandaloneSpec, WorldSpec } from "./world-spec.ts";

/** The processes of a world, built from what its spec says of them. */

export interface Parts {
  readonly spec: WorldSpec;
  readonly host: PeerHost;
  /** Of the world; each process and disk has a stream of its own. */
  readonly root: Random;
}

/** The process at a node. */
export type ProcessAt = (node: number) => Process;

export function peerProcess(parts: Parts, config: PeerConfig): PeerProcess {
  const { spec, host, root } = parts;
  const { id } = config;
  const node = host.nodeOf(id);
  const durable = epochsOn(spec.disks?.get(id) ?? {});
  const rules: Rules = { ...RULES, ...spec.rules };
  const threads = spec.threads ?? THREAD_PROFILES.quick;
  return new PeerProcess(
    { node, config, rules, threads, ...commonOf(parts, id) },
    host,
    new EpochFiles(host.kernel, node, durable, diskSpecOf(parts, id), root.split(`disk/${id}`)),
    diskOf(parts, id, `log/${id}`),
    root.split(`server/${id}`),
  );
}

export function standaloneProcess(parts: Parts, { id, config }: StandaloneSpec): StandaloneProcess {
  const { host, root } = parts;
  return new StandaloneProcess(
    { node: host.nodeOf(id), id, config, ...commonOf(parts, id) },
    host,
    diskOf(parts, id, `disk/${id}`),
    root.split(`server/${id}`),
  );
}

/** @param serverAt the id of the server that is known under a host's name */
export function clientProcess(
  parts: Parts,
  { id, name, config }: ClientSpec,
  serverAt: (host: Host) => number | undefined,
  processAt: ProcessAt,
): ClientProcess {
  const { host, root } = parts;
  const resolve = (wanted: Host): number | undefined => {
    const server = serverAt(wanted);
    return server === undefined ? undefined : host.nodeOf(server);
  };
  return new ClientProcess(
    { node: host.nodeOf(id), id, name, config, ...commonOf(parts, id) },
    { ...host, resolve, isro: (to) => isroOf(processAt(to)) },
    root.split(`client/${id}`),
  );
}

/** What the network tells whoever is at a node. */
export function networkHost(processAt: ProcessAt): NetworkHost {
  return {
    isListening: (node, port) => processAt(node).isListening(port),
    defer: (node, kind, ref, payload) => processAt(node).defer(kind, ref, payload),
    accepted: (node, connection, port) => processAt(node).accepted(connection, port),
    connected: (node, connection) => processAt(node).connected(connection),
    dialFailed: (node, connection, reason) => processAt(node).dialFailed(connection, reason),
    received: (node, connection, message) => processAt(node).received(connection, message),
    closed: (node, connection) => processAt(node).closed(connection),
  };
}

function commonOf({ spec }: Parts, id: number): { clock: ClockSpec; codec: boolean } {
  return { clock: spec.clocks?.get(id) ?? TRUE_CLOCK, codec: spec.codec ?? false };
}

function diskSpecOf({ spec }: Parts, id: number): DiskSpec {
  return spec.diskSpecs?.get(id) ?? spec.disk ?? { force: DISK_PROFILES.ssd };
}

/** Log and snapshots, with what is there before the first start. */
function diskOf(parts: Parts, id: number, stream: string): ServiceDisk {
  const { spec, host, root } = parts;
  const random = root.split(stream);
  const disk = new ServiceDisk(host.kernel, host.nodeOf(id), diskSpecOf(parts, id), random);
  const files = spec.disks?.get(id)?.files;
  if (files !== undefined) disk.replace(files);
  return disk;
}

/** Nobody says anything while it stands still. */
function isroOf(process: Process): Isro | undefined {
  if (process.state !== "up") return undefined;
  const service =
    process instanceof PeerProcess
      ? process.peer?.service
      : process instanceof StandaloneProcess
        ? process.service
        : undefined;
  if (service?.isRunning !== true) return service === undefined ? undefined : "null";
  return service.isReadOnly ? "ro" : "rw";
}
