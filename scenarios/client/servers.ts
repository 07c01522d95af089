import type { Host } from "../../core/client/connect-string.ts";
import { parseZooCfg } from "../../core/config/zoo-cfg.ts";
import type { ZooCfg } from "../../core/config/zoo-cfg-types.ts";
import { BUGS, rulesWith } from "../../core/server/bugs.ts";
import type { PeerConfig, Rules } from "../../core/server/peer.ts";
import { peersOf } from "../../core/server/peer-config.ts";
import {
  type ServiceConfig,
  serviceConfig,
  serviceConfigOf,
} from "../../core/server/service/config.ts";
import type { StandaloneSpec } from "../../sim/world.ts";
import { ensembleOf, MAX_SERVERS } from "../ensemble.ts";
import {
  expectFields,
  expectList,
  expectNotBoth,
  expectOneOf,
  expectWhole,
  shown,
} from "./door.ts";
import { type Properties, PROPERTY_NAMES, propertyTexts } from "./properties.ts";

/** Which servers a simulation has, and what they are like. */
export interface ServerOptions {
  /** How many vote. 1, which is the default, is a standalone server; from 2 on it is an ensemble. */
  readonly servers?: number;
  /** How many more there are who have no vote. Their ids come behind those of the voters. */
  readonly observers?: number;
  /** The text of a zoo.cfg in place of both. */
  readonly config?: string;
  /** The settings of every server, with ZooKeeper's defaults; tickTime is 2000 unless said otherwise. */
  readonly server?: Partial<ServiceConfig>;
  /** Java system properties of every server, such as `"readonlymode.enabled": true`, which no zoo.cfg can set. */
  readonly properties?: Properties;
  /** Bugs that the servers of an ensemble have, to see what comes of them; `vivarium bugs` lists them. */
  readonly bugs?: readonly string[];
}

export const SERVER_OPTIONS = [
  "servers",
  "observers",
  "config",
  "server",
  "properties",
  "bugs",
] as const satisfies readonly (keyof ServerOptions)[];

/** The servers as a world is built from them. */
export interface Servers {
  /** None, if there is a standalone server. */
  readonly peers: readonly PeerConfig[];
  readonly standalone: StandaloneSpec | undefined;
  /** Under which clients know each server that listens to them, by its id. */
  readonly addresses: ReadonlyMap<number, Host>;
  readonly rules: Rules | undefined;
}

const SERVER_SETTINGS = Object.keys(serviceConfig({}));
const BUG_NAMES = BUGS.map(({ name }) => name);
const CLIENT_PORT = 2181;
const DEFAULT_TICK_MS = 2000;

/** @throws TypeError or RangeError that names the option, if they can't be right. */
export function serversOf(options: ServerOptions): Servers {
  const { servers, observers, config, server, bugs } = options;
  const { properties: given = {} } = options;
  if (server !== undefined) expectFields("simulate.server", server, SERVER_SETTINGS);
  expectFields("simulate.properties", given, PROPERTY_NAMES);
  if (bugs !== undefined) expectList("simulate.bugs", bugs, "bugs");
  for (const bug of bugs ?? []) expectOneOf("simulate.bugs", bug, BUG_NAMES);
  const properties = propertyTexts(given);
  if (config !== undefined) {
    expectNotBoth("simulate.servers", servers, "the config says which servers there are");
    expectNotBoth("simulate.observers", observers, "the config says which servers there are");
    expectNotBoth("simulate.server", server, "with a config, settings are lines of it");
  }
  const built = config === undefined ? counted(options, properties) : read(config, properties);
  if (built.standalone !== undefined && bugs !== undefined && bugs.length > 0) {
    throw new TypeError("simulate.bugs: only the servers of an ensemble can have them");
  }
  const doors = built.peers.map(({ id, clientAddress }) => ({ id, address: clientAddress }));
  if (built.standalone !== undefined) doors.push(built.standalone);
  // Port 0: no client port.
  const open = doors.filter(({ address }) => address.port !== 0);
  if (open.length === 0) {
    throw new TypeError("simulate.config: no server has a clientPort, so no client could reach it");
  }
  return {
    ...built,
    addresses: new Map(open.map(({ id, address }) => [id, address])),
    rules: bugs === undefined ? undefined : rulesWith(bugs),
  };
}

type Built = Pick<Servers, "peers" | "standalone">;
type Texts = Readonly<Record<string, string>>;

function counted(options: ServerOptions, properties: Texts): Built {
  const { servers = 1, observers = 0, server = {} } = options;
  expectWhole("simulate.servers", servers, 1, MAX_SERVERS);
  expectWhole("simulate.observers", observers, 0, MAX_SERVERS - servers);
  if (servers === 1 && observers > 0) {
    throw new TypeError(
      "simulate.observers: a standalone server has none; an ensemble has 2 servers or more",
    );
  }
  if (servers > 1 && server.serverId !== undefined) {
    throw new TypeError("simulate.server.serverId: every server of an ensemble has its own");
  }
  const text = zooCfgFor(servers, observers, server.tickTime ?? DEFAULT_TICK_MS);
  const { peers, standalone } = read(text, properties, "simulate.server.tickTime");
  const address = { host: "server1", port: CLIENT_PORT };
  return {
    peers: peers.map((peer) => ({ ...peer, service: { ...peer.service, ...server } })),
    standalone: standalone && {
      ...standalone,
      address,
      config: { ...standalone.config, ...server },
    },
  };
}

function zooCfgFor(servers: number, observers: number, tickTime: number): string {
  const lines = [
    `tickTime=${tickTime}`,
    "initLimit=10",
    "syncLimit=5",
    "dataDir=/var/lib/zookeeper",
    `clientPort=${CLIENT_PORT}`,
  ];
  for (let id = 1; servers > 1 && id <= servers + observers; id++) {
    lines.push(`server.${id}=server${id}:2888:3888${id > servers ? ":observer" : ""}`);
  }
  return `${lines.join("\n")}\n`;
}

/** @param option which one is to blame if the text can't be used. */
function read(text: string, properties: Texts, option = "simulate.config"): Built {
  if (typeof text !== "string") {
    throw new TypeError(`${option}: expected the text of a zoo.cfg, got ${shown(text)}`);
  }
  const ensemble = ensembleOf({ zooCfg: text }, true);
  if (!ensemble.ok) {
    throw new TypeError(`${option}: ${ensemble.problems.map(({ message }) => message).join(" ")}`);
  }
  const { peers, standalone } = ensemble;
  const myid = BigInt(peers[0]?.id ?? 1).toString();
  const cfg = parsed(text, myid);
  if (standalone === undefined) return { peers: peersOf(cfg, properties), standalone };
  return { peers, standalone: { ...standalone, config: serviceConfigOf(cfg, properties) } };
}

/** A text that has been read before, and found right. */
function parsed(text: string, myid: string): ZooCfg {
  const result = parseZooCfg(text, { configPath: "zoo.cfg", myid });
  if (!result.accepted) throw new Error(`this zoo.cfg was accepted before: ${text}`);
  return result.config;
}
