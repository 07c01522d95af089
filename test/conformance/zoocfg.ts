/**
 * Compares what `parseZooCfg` makes of a recorded configuration with what ZooKeeper 3.8.0 made of it
 * (data/README.md, "zoo.cfg cases").
 */
import { parseZooCfg, type ZooCfgResult } from "../../core/config/zoo-cfg.ts";
import type { ServerCfg, ZooCfg } from "../../core/config/zoo-cfg-types.ts";
import { sameAddress, type SocketAddress } from "../../core/config/socket-address.ts";

export interface ZooCfgCase {
  readonly id: string;
  readonly text: string;
  readonly myid?: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly result: RecordedZooCfg;
}

export interface RecordedZooCfg {
  readonly accepted: boolean;
  readonly values?: Readonly<Record<string, string>>;
  readonly servers?: Readonly<Record<string, string>>;
  readonly systemProperties?: Readonly<Record<string, string>>;
  readonly errors?: readonly string[];
}

/** The differences between the recording and us, one sentence each; none if we agree. */
export function checkZooCfgCase(recorded: ZooCfgCase): string[] {
  return compare(recorded.result, render(runZooCfgCase(recorded)));
}

/** Parses as the recording did: everything lies in one directory, `@DIR@`, which needs no real name. */
export function runZooCfgCase({ text, myid, files = {} }: ZooCfgCase): ZooCfgResult {
  const contents = new Map<string, string>();
  for (const [name, content] of Object.entries(files)) contents.set(`${DIR}/${name}`, content);
  if (myid !== undefined) contents.set(`${DIR}/data/myid`, myid);
  return parseZooCfg(text.replaceAll("@DIR@", DIR), {
    configPath: `${DIR}/zoo.cfg`,
    readFile: (path) => contents.get(path.replaceAll(/\/+/g, "/"))?.replaceAll("@DIR@", DIR),
  });
}

/** In the words of the recording. */
export function render(result: ZooCfgResult): RecordedZooCfg {
  if (!result.accepted) {
    const errors = result.errors.map(({ kind, message }) => `${kind}: ${message}`);
    return { accepted: false, errors: errors.map(withPlaceholder) };
  }
  const { config } = result;
  return {
    accepted: true,
    values: mapValues(renderValues(config)),
    servers: config.distributed ? renderServers(config) : {},
    systemProperties: mapValues(config.systemProperties),
  };
}

/** An absolute path stands in for the directory, since ZooKeeper looks at how a path begins. */
const DIR = "/vivarium-conformance";

const VERIFIERS = {
  majority: "QuorumMaj",
  hierarchical: "QuorumHierarchical",
  oracle: "QuorumOracleMaj",
} as const;

function withPlaceholder(text: string): string {
  return text.replaceAll(DIR, "@DIR@");
}

function mapValues(values: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const entries = Object.entries(values);
  return Object.fromEntries(entries.map(([key, value]) => [key, withPlaceholder(value)]));
}

function renderValues(config: ZooCfg): Record<string, string> {
  const exact = (path: string, value: number): string => exactly(config, path, value);
  return {
    tickTime: `${config.tickTime}`,
    initLimit: `${config.initLimit}`,
    syncLimit: `${config.syncLimit}`,
    clientPortAddress: renderAddress(config.clientPortAddress),
    secureClientPortAddress: renderAddress(config.secureClientPortAddress),
    dataDir: config.dataDir,
    dataLogDir: config.dataLogDir,
    maxClientCnxns: `${config.maxClientCnxns}`,
    minSessionTimeout: `${config.minSessionTimeout}`,
    maxSessionTimeout: `${config.maxSessionTimeout}`,
    electionAlg: `${config.electionAlg}`,
    snapRetainCount: `${config.snapRetainCount}`,
    purgeInterval: `${config.purgeInterval}`,
    syncEnabled: `${config.syncEnabled}`,
    serverId: exact("serverId", config.serverId),
    distributed: `${config.distributed}`,
    peerType: config.peerType,
    standaloneEnabled: `${config.standaloneEnabled}`,
    reconfigEnabled: `${config.reconfigEnabled}`,
    localSessionsEnabled: `${config.localSessionsEnabled}`,
    localSessionsUpgradingEnabled: `${config.localSessionsUpgradingEnabled}`,
    quorumListenOnAllIPs: `${config.quorumListenOnAllIPs}`,
    connectToLearnerMasterLimit: `${config.connectToLearnerMasterLimit}`,
    clientPortListenBacklog: `${config.clientPortListenBacklog}`,
    observerMasterPort: `${config.observerMasterPort}`,
    sslQuorum: `${config.sslQuorum}`,
    // The recordings have these two for an ensemble only.
    ...(config.distributed && {
      quorumVerifier: VERIFIERS[config.quorumVerifier.kind],
      quorumVersion: exact("quorumVersion", config.quorumVersion),
    }),
  };
}

function renderServers(config: ZooCfg): Record<string, string> {
  const lines: Record<string, string> = {};
  for (const [index, server] of config.servers.entries()) {
    const id = exactly(config, `servers/${index}/id`, server.id);
    const { weight } = server;
    const weightText =
      weight === null ? "null" : exactly(config, `servers/${index}/weight`, weight);
    lines[`server.${id}`] = renderServer(server, weightText);
  }
  return lines;
}

/** `PARTICIPANT peer=[127.0.0.1:2888] election=[127.0.0.1:3888] client=null weight=1` */
function renderServer(server: ServerCfg, weight: string): string {
  const peers = server.addresses.map(({ host, quorumPort: port }) => ({ host, port }));
  const elections = server.addresses.map(({ host, electionPort: port }) => ({ host, port }));
  return (
    `${server.type} peer=[${renderSet(peers)}] election=[${renderSet(elections)}]` +
    ` client=${renderAddress(server.clientAddress)} weight=${weight}`
  );
}

/** A Java long in full: JavaScript prints the large ones shortened. */
function exactly(config: ZooCfg, path: string, value: number): string {
  return config.inexactLongs?.[path] ?? BigInt(value).toString();
}

/** `MultipleAddresses`: two names of one address are one. */
function renderSet(addresses: readonly SocketAddress[]): string {
  const isFirst = (address: SocketAddress, index: number): boolean =>
    addresses.findIndex((other) => sameAddress(other, address)) === index;
  return addresses.filter(isFirst).map(renderAddress).join(", ");
}

function renderAddress(address: SocketAddress | null): string {
  return address === null ? "null" : `${address.host}:${address.port}`;
}

function compare(expected: RecordedZooCfg, actual: RecordedZooCfg): string[] {
  if (expected.accepted !== actual.accepted) {
    const reason = actual.errors === undefined ? "" : `: ${actual.errors.join(" / ")}`;
    const [wanted, got] = expected.accepted ? ["accepts", "refuse"] : ["refuses", "accept"];
    return [
      `ZooKeeper ${wanted}, we ${got}${reason || `: ${(expected.errors ?? []).join(" / ")}`}`,
    ];
  }
  if (!expected.accepted) return compareErrors(expected.errors ?? [], actual.errors ?? []);
  return [
    ...compareKnown("value", expected.values ?? {}, actual.values ?? {}),
    ...compareWhole("server", expected.servers ?? {}, actual.servers ?? {}),
    ...compareWhole("property", expected.systemProperties ?? {}, actual.systemProperties ?? {}),
  ];
}

function compareErrors(expected: readonly string[], actual: readonly string[]): string[] {
  const length = Math.max(expected.length, actual.length);
  return Array.from({ length }, (_, i) => differs(`error ${i}`, expected[i], actual[i])).flat();
}

/** Every value of the recording; we may have more. */
function compareKnown(
  what: string,
  expected: Readonly<Record<string, string>>,
  actual: Readonly<Record<string, string>>,
): string[] {
  const keys = Object.keys(expected);
  return keys.flatMap((key) => differs(`${what} ${key}`, expected[key], actual[key]));
}

/** Every key of both sides; their order is a Java hash's and does not count. */
function compareWhole(
  what: string,
  expected: Readonly<Record<string, string>>,
  actual: Readonly<Record<string, string>>,
): string[] {
  const keys = new Set([...Object.keys(expected), ...Object.keys(actual)]);
  return Array.from(keys).flatMap((key) => differs(`${what} ${key}`, expected[key], actual[key]));
}

function differs(what: string, expected: string | undefined, actual: string | undefined): string[] {
  if (expected !== undefined && actual !== undefined && normal(expected) === normal(actual))
    return [];
  return [`${what}: ZooKeeper has ${shown(expected)}, we have ${shown(actual)}`];
}

/** What a recording may have otherwise without being another result. */
function normal(text: string): string {
  return asSets(text).replace(RESOLVER_REASON, "$1");
}

/** Why a name does not resolve is the resolver's word: it changes with the machine, and when asked again. */
const RESOLVER_REASON = /^(UnknownHostException: [^:]*): (Name or service not known|Temporary .*)$/;

/** The addresses of one server are a set in Java. */
function asSets(text: string): string {
  return text.replaceAll(/(peer|election)=\[([^\]]*)\]/g, (_, name: string, list: string) => {
    const addresses = list.split(", ").sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    return `${name}=[${addresses.join(", ")}]`;
  });
}

function shown(text: string | undefined): string {
  return text === undefined ? "nothing" : JSON.stringify(text);
}
