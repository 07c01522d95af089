/** What the steps of the parser have in common. */
import { equalsIgnoreCase } from "./java-strings.ts";
import { loadProperties, MALFORMED_ESCAPE, type Properties } from "./java-properties.ts";
import { throwIllegalArgument } from "./java-throwable.ts";
import type { Problem } from "./problem.ts";
import type { StaticSettings } from "./static-settings.ts";

export interface ZooCfgOptions {
  /** The path that ZooKeeper is started with; it stands in error messages. */
  readonly configPath: string;
  /** The content of another file: the dynamic one, `<configPath>.dynamic.next`, `<dataDir>/myid`. */
  readonly readFile?: (path: string) => string | undefined;
  /** The content of the myid file, if it is not to be asked of `readFile`. */
  readonly myid?: string | undefined;
  /** Java system properties of the process (`-Dzookeeper.multiAddress.enabled=true`). */
  readonly systemProperties?: Readonly<Record<string, string>>;
  /** Metrics providers on the class path beside the two that are part of ZooKeeper's own jar. */
  readonly metricsProviders?: readonly string[];
}

/** What one run of the parser carries from check to check. */
export interface Reading {
  readonly options: ZooCfgOptions;
  readonly settings: StaticSettings;
  readonly systemProperties: Map<string, string>;
  readonly warnings: string[];
}

/** `Properties.load`, with its one exception. */
export function load(text: string, file: string): Properties {
  const loaded = loadProperties(text);
  if (!loaded.ok) {
    const problem: Problem = { kind: "malformed-escape", file, line: loaded.line };
    throwIllegalArgument(MALFORMED_ESCAPE, problem);
  }
  return loaded.properties;
}

/** Whether several addresses on a server line are allowed; the process decides that, not the file. */
export function isMultiAddress(reading: Reading): boolean {
  return equalsIgnoreCase(reading.systemProperties.get(MULTI_ADDRESS) ?? "false", "true");
}

const MULTI_ADDRESS = "zookeeper.multiAddress.enabled";
