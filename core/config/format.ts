/**
 * Writes a configuration as zoo.cfg text that reads back as the same configuration. Values that are the default
 * are left out, so that what is written is what somebody chose.
 */
import { formatProperty } from "./java-properties.ts";
import { formatAddress, formatHost, type SocketAddress } from "./socket-address.ts";
import type { EnsembleCfg, ServerCfg, ZooCfg } from "./zoo-cfg-types.ts";

/** The server, group and weight lines: what a dynamic file holds (`QuorumVerifier.toString` without version). */
export function formatEnsemble(ensemble: EnsembleCfg, inexactLongs?: InexactLongs): string {
  return text(ensembleEntries(ensemble, inexactLongs));
}

/** One `server.N` value (`QuorumServer.toString`). */
export function formatServer(server: ServerCfg): string {
  const addresses = server.addresses.map(
    ({ host, quorumPort, electionPort }) => `${formatHost(host)}:${quorumPort}:${electionPort}`,
  );
  const { clientAddress, isClientAddressFromStatic } = server;
  const hasClient = clientAddress !== null && !isClientAddressFromStatic;
  const client = hasClient ? `;${formatClient(clientAddress)}` : "";
  if (addresses.length === 0) return `|${client}`;
  const type = server.type === "OBSERVER" ? ":observer" : "";
  return addresses.map((address) => address + type).join("|") + client;
}

/**
 * The static file. With `dynamicConfigFile` the ensemble is not in it but in that file, which `formatEnsemble`
 * writes. `serverId` is not in it either: it is the content of the myid file.
 */
export function formatZooCfg(config: ZooCfg): string {
  const entries: Entry[] = [];
  const add = (key: string, value: number | boolean | string, otherwise?: unknown): void => {
    if (value !== otherwise) entries.push([key, `${value}`]);
  };
  add("tickTime", config.tickTime);
  add("initLimit", config.initLimit, 0);
  add("syncLimit", config.syncLimit, 0);
  add("connectToLearnerMasterLimit", config.connectToLearnerMasterLimit, 0);
  add("dataDir", config.dataDir);
  add("dataLogDir", config.dataLogDir, config.dataDir);
  addAddress(add, "clientPort", ownClientAddress(config));
  addAddress(add, "secureClientPort", config.secureClientPortAddress);
  add("clientPortListenBacklog", config.clientPortListenBacklog, -1);
  add("maxClientCnxns", config.maxClientCnxns, 60);
  // −1 would stand for the default, and so cannot be written when the default is another.
  add("minSessionTimeout", config.minSessionTimeout, Math.imul(config.tickTime, 2));
  add("maxSessionTimeout", config.maxSessionTimeout, Math.imul(config.tickTime, 20));
  add("observerMasterPort", config.observerMasterPort, 0);
  add("peerType", config.peerType.toLowerCase(), "participant");
  add("quorumListenOnAllIPs", config.quorumListenOnAllIPs, false);
  add("standaloneEnabled", config.standaloneEnabled, true);
  add("reconfigEnabled", config.reconfigEnabled, false);
  add("syncEnabled", config.syncEnabled, true);
  add("localSessionsEnabled", config.localSessionsEnabled, false);
  add("localSessionsUpgradingEnabled", config.localSessionsUpgradingEnabled, false);
  add("autopurge.snapRetainCount", config.snapRetainCount, 3);
  add("autopurge.purgeInterval", config.purgeInterval, 0);
  addSecurity(add, config);
  addMonitoring(add, config);
  add("multiAddress.enabled", config.multiAddress.enabled, false);
  const { reachabilityCheckTimeoutMs, reachabilityCheckEnabled } = config.multiAddress;
  add("multiAddress.reachabilityCheckTimeoutMs", reachabilityCheckTimeoutMs, 1000);
  add("multiAddress.reachabilityCheckEnabled", reachabilityCheckEnabled, true);
  if (config.oraclePath !== undefined) add("oraclePath", config.oraclePath);
  const { dynamicConfigFile } = config;
  if (dynamicConfigFile !== undefined) add("dynamicConfigFile", dynamicConfigFile);
  else entries.push(...ensembleEntries(config, config.inexactLongs), ...versionEntry(config));
  return text([...entries, ...systemPropertyEntries(config, entries)]);
}

type Entry = readonly [key: string, value: string];
type Add = (key: string, value: number | boolean | string, otherwise?: unknown) => void;
type InexactLongs = Readonly<Record<string, string>> | undefined;

const ANY = "0.0.0.0";
const PREFIX = "zookeeper.";

function text(entries: readonly Entry[]): string {
  return entries.map(([key, value]) => `${formatProperty(key, value)}\n`).join("");
}

/** `clientPort` is written unless the server's own line says it all. */
function ownClientAddress(config: ZooCfg): SocketAddress | null {
  const own = config.servers.find((server) => server.id === config.serverId);
  const isFromLine = own !== undefined && !own.isClientAddressFromStatic;
  return isFromLine ? null : config.clientPortAddress;
}

function addAddress(add: Add, portKey: string, address: SocketAddress | null): void {
  if (address === null) return;
  add(portKey, address.port);
  add(`${portKey}Address`, address.host, ANY);
}

function addSecurity(add: Add, config: ZooCfg): void {
  const { quorumSasl } = config;
  add("sslQuorum", config.sslQuorum, false);
  add("portUnification", config.portUnification, false);
  add("sslQuorumReloadCertFiles", config.sslQuorumReloadCertFiles, false);
  add("quorum.auth.enableSasl", quorumSasl.enabled, false);
  add("quorum.auth.serverRequireSasl", quorumSasl.serverRequired, false);
  add("quorum.auth.learnerRequireSasl", quorumSasl.learnerRequired, false);
  add("quorum.auth.learner.saslLoginContext", quorumSasl.learnerLoginContext, "QuorumLearner");
  add("quorum.auth.server.saslLoginContext", quorumSasl.serverLoginContext, "QuorumServer");
  const principal = quorumSasl.kerberosServicePrincipal;
  add("quorum.auth.kerberos.servicePrincipal", principal, "zkquorum/localhost");
  add("quorum.cnxn.threads.size", quorumSasl.cnxnThreadsSize, 0);
}

function addMonitoring(add: Add, config: ZooCfg): void {
  const { jvmPause, metricsProvider, inexactLongs } = config;
  const addLong = (key: string, value: number, otherwise: number): void => {
    if (value !== otherwise) add(key, inexactLongs?.[key] ?? BigInt(value).toString());
  };
  add("jvm.pause.monitor", jvmPause.monitor, false);
  addLong("jvm.pause.info-threshold.ms", jvmPause.infoThresholdMs, 1000);
  addLong("jvm.pause.warn-threshold.ms", jvmPause.warnThresholdMs, 10_000);
  addLong("jvm.pause.sleep.time.ms", jvmPause.sleepTimeMs, 500);
  const { className, configuration } = metricsProvider;
  const defaultClass = "org.apache.zookeeper.metrics.impl.DefaultMetricsProvider";
  add("metricsProvider.className", className, defaultClass);
  for (const [key, value] of Object.entries(configuration)) add(`metricsProvider.${key}`, value);
}

function ensembleEntries(ensemble: EnsembleCfg, inexactLongs: InexactLongs): readonly Entry[] {
  const exactly = (path: string, value: number): string =>
    inexactLongs?.[path] ?? BigInt(value).toString();
  const { servers, quorumVerifier } = ensemble;
  const lines = servers.map((server, i): Entry => {
    return [`server.${exactly(`servers/${i}/id`, server.id)}`, formatServer(server)];
  });
  if (quorumVerifier.kind !== "hierarchical") return lines;
  const { groups, weights } = quorumVerifier;
  const within = (path: string): string => `quorumVerifier/${path}`;
  const groupLines = groups.map((group, g): Entry => {
    const id = exactly(within(`groups/${g}/id`), group.id);
    const members = group.members.map((member, m) =>
      exactly(within(`groups/${g}/members/${m}`), member),
    );
    return [`group.${id}`, members.join(":")];
  });
  const weightLines = weights.map(([id, weight], w): Entry => {
    const sid = exactly(within(`weights/${w}/0`), id);
    return [`weight.${sid}`, exactly(within(`weights/${w}/1`), weight)];
  });
  return [...lines, ...groupLines, ...weightLines];
}

function versionEntry(config: ZooCfg): readonly Entry[] {
  if (config.quorumVersion === 0) return [];
  const exact = BigInt(config.inexactLongs?.["quorumVersion"] ?? config.quorumVersion);
  return [["version", exact.toString(16)]];
}

/** What the file set under a name of its own. The entries above become properties again by themselves. */
function systemPropertyEntries(config: ZooCfg, written: readonly Entry[]): readonly Entry[] {
  const keys = new Set(written.map(([key]) => key));
  const entries: Entry[] = [];
  for (const [name, value] of Object.entries(config.systemProperties)) {
    const key = name.slice(PREFIX.length);
    if (name.startsWith(PREFIX) && !keys.has(key) && !isEnsembleKey(key))
      entries.push([key, value]);
  }
  return entries;
}

function isEnsembleKey(key: string): boolean {
  return /^(server\.|group|weight)/.test(key) || key === "version";
}

/** A port alone stands for every address of the machine. */
function formatClient(address: SocketAddress): string {
  return address.host === ANY ? `${address.port}` : formatAddress(address);
}
