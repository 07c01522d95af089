import { parseZooCfg } from "../../core/config/zoo-cfg.ts";
import type { ZooCfg } from "../../core/config/zoo-cfg-types.ts";
import type { PeerConfig } from "../../core/server/peer.ts";
import { peersOf } from "../../core/server/peer-config.ts";
import { serviceConfigOf, type ServiceConfig } from "../../core/server/service/config.ts";
import type { ServiceCase } from "./service-case.ts";

/** The settings of the recorded servers (data/README.md, "Profiles"). */

const COMMON_CFG =
  "minSessionTimeout=200\nmaxSessionTimeout=40000\nmaxClientCnxns=0\ndataDir=/data\nclientPort=2181\n";
const ZOO_CFG = `tickTime=100\n${COMMON_CFG}`;
const ENSEMBLE_CFG = `tickTime=500\n${COMMON_CFG}`;
const LIMITS = "initLimit=20\nsyncLimit=8\n";

type ServerType = "participant" | "observer";
const THREE_SERVERS: readonly ServerType[] = ["participant", "participant", "participant"];
const FIVE_SERVERS: readonly ServerType[] = [...THREE_SERVERS, "participant", "observer"];

interface Profile {
  readonly config?: string;
  readonly properties?: Readonly<Record<string, string>>;
}

const PROFILES: Readonly<Record<string, Profile>> = {
  default: {},
  extended: {
    properties: {
      "zookeeper.extendedTypesEnabled": "true",
      "znode.container.checkIntervalMs": "300",
    },
  },
  quota: { properties: { "zookeeper.enforceQuota": "true" } },
  super: {
    properties: {
      // The password is "test".
      "zookeeper.DigestAuthenticationProvider.superDigest": "super:D/InIHSb7yEEbrWz8b9l71RjZJU=",
    },
  },
  skipacl: { properties: { "zookeeper.skipACL": "yes" } },
  requiresasl: { properties: { "zookeeper.sessionRequireClientSASLAuth": "true" } },
  smallbuffer: { properties: { "jute.maxbuffer": "4096" } },
  reconfig: { config: "reconfigEnabled=true\n" },
};

/** Of a standalone server. */
export function profileConfig(name: string): ServiceConfig {
  const { config = "", properties = {} } = profileOf(name);
  return serviceConfigOf(parsed(ZOO_CFG + config), properties);
}

/** Of every server of an ensemble: four that vote and one that observes. */
export function profilePeers(name: string): PeerConfig[] {
  const { config = "", properties = {} } = profileOf(name);
  const text = ZOO_CFG + LIMITS + config + serverLines(FIVE_SERVERS);
  return peersOf(parsed(text), properties);
}

/** Of the three servers of a case that was recorded from an ensemble. */
export function recordedPeers({ config = "", properties = [] }: ServiceCase): PeerConfig[] {
  const text = ENSEMBLE_CFG + LIMITS + config + serverLines(THREE_SERVERS);
  const pairs = properties.map((property) => property.split("=", 2) as [string, string]);
  return peersOf(parsed(text), Object.fromEntries(pairs));
}

function profileOf(name: string): Profile {
  const profile = PROFILES[name];
  if (profile !== undefined) return profile;
  throw new Error(`"${name}" is none of the profiles ${Object.keys(PROFILES).join(", ")}`);
}

function parsed(text: string): ZooCfg {
  const result = parseZooCfg(text, { configPath: "/zoo.cfg", myid: "1" });
  if (!result.accepted) throw new Error(`the zoo.cfg is refused: ${result.errors[0]?.message}`);
  return result.config;
}

/** Ports of five digits, which is what the recorded servers had by the length of /zookeeper/config. */
const QUORUM_PORT = 21_001;
const ELECTION_PORT = 31_001;

function serverLines(types: readonly ServerType[]): string {
  const line = (type: ServerType, i: number): string =>
    `server.${i + 1}=127.0.0.1:${QUORUM_PORT + i}:${ELECTION_PORT + i}:${type}\n`;
  return types.map(line).join("");
}

/** What /zookeeper/config says in the ensemble of five. */
export const CONFIG_OF_FIVE = `${serverLines(FIVE_SERVERS)}version=0`;
