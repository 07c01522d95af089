/** What a zoo.cfg says once ZooKeeper has read it: plain data with every default filled in. */
import type { ServerId } from "../ids.ts";
import type { SocketAddress } from "./socket-address.ts";

/** `QuorumPeer.LearnerType`. */
export type LearnerType = "PARTICIPANT" | "OBSERVER";

/** One `server.N` line (`QuorumPeer.QuorumServer`). */
export interface ServerCfg {
  readonly id: ServerId;
  readonly type: LearnerType;
  /** Usually one; several with the multi-address feature; none for the odd line `server.N=|`. */
  readonly addresses: readonly ServerAddress[];
  /** Where clients connect: from the line, or, on the server that read the file, from `clientPort`. */
  readonly clientAddress: SocketAddress | null;
  /** True if `clientAddress` came from `clientPort`, so that it is not part of the ensemble's own text. */
  readonly isClientAddressFromStatic: boolean;
  /** 1 with a majority verifier; null for an observer that a hierarchical one has no weight for. */
  readonly weight: number | null;
  /** The `G` of `group.G`, with a hierarchical verifier. */
  readonly group?: number;
}

export interface ServerAddress {
  readonly host: string;
  readonly quorumPort: number;
  readonly electionPort: number;
}

/**
 * How votes are counted (`QuorumVerifier`): `QuorumMaj`, `QuorumHierarchical` or `QuorumOracleMaj`. The first two
 * can be handed to `isQuorum` of core/quorum as they are.
 */
export type QuorumVerifierCfg =
  | { readonly kind: "majority"; readonly voters: readonly ServerId[] }
  | {
      readonly kind: "hierarchical";
      readonly voters: readonly ServerId[];
      readonly groups: readonly GroupCfg[];
      /** Every weight that is known, also the default 1 of a participant. */
      readonly weights: readonly (readonly [ServerId, number])[];
      /** `numGroups`: group lines, less the groups whose weights add up to 0. More than half of it decide. */
      readonly groupCount: number;
    }
  | {
      readonly kind: "oracle";
      readonly voters: readonly ServerId[];
      readonly oraclePath: string;
    };

export interface GroupCfg {
  readonly id: number;
  readonly members: readonly ServerId[];
}

/** The servers and how their votes are counted: what a dynamic file holds. */
export interface EnsembleCfg {
  /** Sorted by id. */
  readonly servers: readonly ServerCfg[];
  readonly quorumVerifier: QuorumVerifierCfg;
  /** A zxid: the version of the dynamic file, 0 without one. */
  readonly quorumVersion: number;
}

/**
 * `QuorumPeerConfig` after parsing. Times are in ms unless they are named limits, which count ticks.
 *
 * Java's longs are numbers here. One that a double cannot hold exactly is rounded, and `inexactLongs` then
 * keeps its decimal text under the field's path (`"serverId"`, `"servers/0/id"`, …).
 */
export interface ZooCfg extends EnsembleCfg {
  readonly tickTime: number;
  readonly initLimit: number;
  readonly syncLimit: number;
  readonly connectToLearnerMasterLimit: number;
  readonly dataDir: string;
  readonly dataLogDir: string;
  /** Null: no client listener. */
  readonly clientPortAddress: SocketAddress | null;
  readonly secureClientPortAddress: SocketAddress | null;
  readonly clientPortListenBacklog: number;
  readonly maxClientCnxns: number;
  readonly minSessionTimeout: number;
  readonly maxSessionTimeout: number;
  readonly observerMasterPort: number;
  readonly electionAlg: number;
  readonly quorumListenOnAllIPs: boolean;
  /** −1 without a myid file. */
  readonly serverId: ServerId;
  readonly peerType: LearnerType;
  /** False: runs standalone, whatever the server lines say. */
  readonly distributed: boolean;
  readonly standaloneEnabled: boolean;
  readonly reconfigEnabled: boolean;
  readonly syncEnabled: boolean;
  readonly localSessionsEnabled: boolean;
  readonly localSessionsUpgradingEnabled: boolean;
  readonly snapRetainCount: number;
  readonly purgeInterval: number;
  readonly sslQuorum: boolean;
  readonly portUnification: boolean;
  readonly sslQuorumReloadCertFiles: boolean;
  readonly quorumSasl: QuorumSaslCfg;
  readonly jvmPause: JvmPauseCfg;
  readonly metricsProvider: MetricsProviderCfg;
  readonly multiAddress: MultiAddressCfg;
  readonly dynamicConfigFile?: string;
  readonly oraclePath?: string;
  /** The ensemble of `<config>.dynamic.next`, left by a reconfig that had not committed. */
  readonly lastSeenEnsemble?: EnsembleCfg;
  /** What the file set with `zookeeper.` in front, in file order, over the properties the process had. */
  readonly systemProperties: Readonly<Record<string, string>>;
  /** What ZooKeeper writes to its log and goes on. */
  readonly warnings: readonly string[];
  readonly inexactLongs?: Readonly<Record<string, string>>;
}

export interface QuorumSaslCfg {
  readonly enabled: boolean;
  readonly serverRequired: boolean;
  readonly learnerRequired: boolean;
  readonly learnerLoginContext: string;
  readonly serverLoginContext: string;
  readonly kerberosServicePrincipal: string;
  readonly cnxnThreadsSize: number;
}

export interface JvmPauseCfg {
  readonly monitor: boolean;
  readonly infoThresholdMs: number;
  readonly warnThresholdMs: number;
  readonly sleepTimeMs: number;
}

export interface MetricsProviderCfg {
  readonly className: string;
  readonly configuration: Readonly<Record<string, string>>;
}

export interface MultiAddressCfg {
  readonly enabled: boolean;
  readonly reachabilityCheckTimeoutMs: number;
  readonly reachabilityCheckEnabled: boolean;
}
