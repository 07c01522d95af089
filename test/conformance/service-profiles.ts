import { parseZooCfg } from "../../core/config/zoo-cfg.ts";
import { serviceConfigOf, type ServiceConfig } from "../../core/server/service/config.ts";

/** The settings of the recorded servers (data/README.md, "Profiles"). */

const ZOO_CFG =
  "tickTime=100\nminSessionTimeout=200\nmaxSessionTimeout=40000\nmaxClientCnxns=0\ndataDir=/data\nclientPort=2181\n";

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

export function profileConfig(name: string): ServiceConfig {
  const profile = PROFILES[name];
  if (profile === undefined) {
    throw new Error(`"${name}" is none of the profiles ${Object.keys(PROFILES).join(", ")}`);
  }
  const { config = "", properties = {} } = profile;
  const result = parseZooCfg(ZOO_CFG + config, { configPath: "/zoo.cfg" });
  if (!result.accepted) throw new Error(`the zoo.cfg is refused: ${result.errors[0]?.message}`);
  return serviceConfigOf(result.config, properties);
}
