/** Puts the result together: what was read, what was settled, and a default for everything else. */
import { type Ensemble, toEnsembleCfg } from "./ensemble-properties.ts";
import type { EnsemblePart } from "./ensemble-setup.ts";
import { type LongLedger, toNumber, toServerId } from "./longs.ts";
import { UNSET_SERVER_ID } from "./myid.ts";
import { isMultiAddress, type Reading } from "./reading.ts";
import type { StaticPart } from "./static-checks.ts";
import type { EnsembleCfg, ZooCfg } from "./zoo-cfg-types.ts";

export function assemble(
  reading: Reading,
  fixed: StaticPart,
  part: EnsemblePart,
  lastSeen: Ensemble | undefined,
): ZooCfg {
  const { ints, longs, booleans, texts, metricsProvider } = reading.settings;
  const ledger: LongLedger = new Map();
  const own = { sid: part.sid, clientAddress: part.clientPortAddress };
  const hasId = part.sid !== UNSET_SERVER_ID;
  const ensemble = toEnsembleCfg(part.ensemble, "", ledger, hasId ? own : undefined);
  const jvmPause = (key: Parameters<typeof longs.get>[0], otherwise: bigint): number =>
    toNumber(longs.get(key) ?? otherwise, key, ledger);
  const config: ZooCfg = {
    tickTime: fixed.tickTime,
    initLimit: ints.get("initLimit") ?? 0,
    syncLimit: ints.get("syncLimit") ?? 0,
    connectToLearnerMasterLimit: ints.get("connectToLearnerMasterLimit") ?? 0,
    dataDir: fixed.dataDir,
    dataLogDir: fixed.dataLogDir,
    clientPortAddress: part.clientPortAddress,
    secureClientPortAddress: fixed.secureClientPortAddress,
    clientPortListenBacklog: ints.get("clientPortListenBacklog") ?? -1,
    maxClientCnxns: ints.get("maxClientCnxns") ?? 60,
    minSessionTimeout: fixed.minSessionTimeout,
    maxSessionTimeout: fixed.maxSessionTimeout,
    observerMasterPort: Math.max(ints.get("observerMasterPort") ?? 0, 0),
    electionAlg: ints.get("electionAlg") ?? 3,
    quorumListenOnAllIPs: booleans.get("quorumListenOnAllIPs") ?? false,
    serverId: toServerId(part.sid, "serverId", ledger),
    peerType: part.peerType,
    distributed: part.distributed,
    standaloneEnabled: booleans.get("standaloneEnabled") ?? true,
    reconfigEnabled: booleans.get("reconfigEnabled") ?? false,
    syncEnabled: booleans.get("syncEnabled") ?? true,
    localSessionsEnabled: booleans.get("localSessionsEnabled") ?? false,
    localSessionsUpgradingEnabled: booleans.get("localSessionsUpgradingEnabled") ?? false,
    snapRetainCount: fixed.snapRetainCount,
    purgeInterval: ints.get("autopurge.purgeInterval") ?? 0,
    sslQuorum: booleans.get("sslQuorum") ?? false,
    portUnification: booleans.get("portUnification") ?? false,
    sslQuorumReloadCertFiles: booleans.get("sslQuorumReloadCertFiles") ?? false,
    quorumSasl: {
      enabled: booleans.get("quorum.auth.enableSasl") ?? false,
      serverRequired: booleans.get("quorum.auth.serverRequireSasl") ?? false,
      learnerRequired: booleans.get("quorum.auth.learnerRequireSasl") ?? false,
      learnerLoginContext: texts.get("quorum.auth.learner.saslLoginContext") ?? "QuorumLearner",
      serverLoginContext: texts.get("quorum.auth.server.saslLoginContext") ?? "QuorumServer",
      kerberosServicePrincipal:
        texts.get("quorum.auth.kerberos.servicePrincipal") ?? "zkquorum/localhost",
      cnxnThreadsSize: ints.get("quorum.cnxn.threads.size") ?? 0,
    },
    jvmPause: {
      monitor: booleans.get("jvm.pause.monitor") ?? false,
      infoThresholdMs: jvmPause("jvm.pause.info-threshold.ms", 1000n),
      warnThresholdMs: jvmPause("jvm.pause.warn-threshold.ms", 10_000n),
      sleepTimeMs: jvmPause("jvm.pause.sleep.time.ms", 500n),
    },
    metricsProvider: {
      className: fixed.metricsProviderClassName,
      configuration: Object.fromEntries(metricsProvider),
    },
    multiAddress: {
      enabled: booleans.get("multiAddress.enabled") ?? isMultiAddress(reading),
      reachabilityCheckTimeoutMs: ints.get("multiAddress.reachabilityCheckTimeoutMs") ?? 1000,
      reachabilityCheckEnabled: booleans.get("multiAddress.reachabilityCheckEnabled") ?? true,
    },
    ...defined("dynamicConfigFile", texts.get("dynamicConfigFile")),
    ...defined("oraclePath", texts.get("oraclePath")),
    ...defined("lastSeenEnsemble", lastSeenCfg(lastSeen, ledger)),
    ...ensemble,
    systemProperties: Object.fromEntries(reading.systemProperties),
    warnings: reading.warnings,
  };
  return ledger.size === 0 ? config : { ...config, inexactLongs: Object.fromEntries(ledger) };
}

function lastSeenCfg(lastSeen: Ensemble | undefined, ledger: LongLedger): EnsembleCfg | undefined {
  return lastSeen === undefined ? undefined : toEnsembleCfg(lastSeen, "lastSeenEnsemble/", ledger);
}

function defined<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]: V });
}
