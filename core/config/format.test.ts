import fc from "fast-check";
import { expect, test } from "vitest";
import { formatEnsemble, formatZooCfg } from "./format.ts";
import type { ZooCfg } from "./zoo-cfg-types.ts";
import { parseZooCfg } from "./zoo-cfg.ts";

test("writes what is not the default", () => {
  const text =
    "tickTime=2000\ninitLimit=10\nsyncLimit=5\ndataDir=/data\nclientPort=2181\n" +
    "server.1=a:2888:3888\nserver.2=b:2888:3888:observer;2182\nserver.3=c:2888:3888;d:2183\n" +
    "server.4=[0:0:0:0:0:0:0:1]:2888:3888\n" +
    "group.1=1:3:4\nweight.1=2\nweight.3=1\nweight.4=1\nsnapCount=7\n";
  const config = parse(text, "1");
  expect(formatZooCfg(config)).toBe(text);
});

test("an ensemble beside its static file", () => {
  const servers = "server.1=a:1:2\nserver.2=b:1:2\n";
  const readDynamic = (path: string): string | undefined => (path === "/dyn" ? servers : undefined);
  const options = { configPath: "/zoo.cfg", myid: "1", readFile: readDynamic };
  const text = "tickTime=3000\ninitLimit=1\nsyncLimit=1\ndataDir=/data\ndynamicConfigFile=/dyn\n";
  const result = parseZooCfg(text, options);
  if (!result.accepted) throw new Error("refused");
  expect(formatZooCfg(result.config)).toBe(text);
  expect(formatEnsemble(result.config)).toBe(servers);
});

test("what is written reads back the same", () => {
  fc.assert(
    fc.property(zooCfgText(), fc.integer({ min: 1, max: 7 }), (text, id) => {
      const result = parseZooCfg(text, { configPath: "/zoo.cfg", myid: `${id}` });
      fc.pre(result.accepted);
      const written = formatZooCfg(result.config);
      const again = parse(written, `${id}`);
      expect(comparable(again)).toEqual(comparable(result.config));
      expect(formatZooCfg(again)).toBe(written);
    }),
    { numRuns: 500 },
  );
});

function parse(text: string, myid: string): ZooCfg {
  const result = parseZooCfg(text, { configPath: "/zoo.cfg", myid });
  if (!result.accepted) throw new Error(result.errors.map(({ message }) => message).join(": "));
  return result.config;
}

/** Server lines stand among the properties as they were written; a warning may have been heeded. */
function comparable(config: ZooCfg): unknown {
  const own = Object.entries(config.systemProperties).filter(
    ([name]) => !/^zookeeper\.(server\.|group|weight|version)/.test(name),
  );
  return { ...config, systemProperties: Object.fromEntries(own), warnings: [] };
}

function zooCfgText(): fc.Arbitrary<string> {
  const int = fc.oneof(
    fc.constantFrom(0, 1, -1, 2000),
    fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  );
  const port = fc.integer({ min: 1, max: 65535 });
  const host = fc.constantFrom(
    "127.0.0.1",
    "localhost",
    "zoo-1.example.org",
    "[::1]",
    "[2001:db8::7]",
    "0.0.0.0",
    "",
  );
  const word = fc.string({ unit: fc.constantFrom(...Array.from("ab =:#!\\\té€.")), minLength: 1 });
  const line = (key: string, value: fc.Arbitrary<unknown>): fc.Arbitrary<string> =>
    value.map((value) => `${key}=${String(value).replaceAll("\\", "\\\\")}`);
  const server = fc
    .tuple(
      host,
      port,
      port,
      fc.constantFrom("", ":observer", ":Participant"),
      fc.option(fc.tuple(host, port)),
    )
    .map(([host, quorum, election, type, client]) => {
      const clientPart = client === null ? "" : `;${client[0]}:${client[1]}`;
      return `${host}:${quorum}:${election}${type}${clientPart}`;
    });
  const optional = [
    ...[
      "maxClientCnxns",
      "connectToLearnerMasterLimit",
      "observerMasterPort",
      "autopurge.snapRetainCount",
      "minSessionTimeout",
      "maxSessionTimeout",
      "clientPortListenBacklog",
      "quorum.cnxn.threads.size",
    ].map((key) => line(key, int)),
    ...[
      "syncEnabled",
      "standaloneEnabled",
      "sslQuorum",
      "reconfigEnabled",
      "localSessionsEnabled",
      "jvm.pause.monitor",
      "multiAddress.enabled",
      "quorum.auth.enableSasl",
    ].map((key) => line(key, fc.boolean())),
    line("clientPort", port),
    line("secureClientPort", port),
    line("clientPortAddress", fc.constantFrom("127.0.0.1", "::1", "zoo1", "0.0.0.0", "")),
    line("dataLogDir", fc.constantFrom("/log", "/data", "rel/log")),
    line("peerType", fc.constantFrom("observer", "participant")),
    line("jvm.pause.sleep.time.ms", fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
    line(
      "version",
      fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map((version) => version.toString(16)),
    ),
    line("oraclePath", fc.constant("/oracle")),
    line("metricsProvider.some", word),
    line("quorum.auth.kerberos.servicePrincipal", word),
    fc.tuple(word, word).map(([key, value]) => {
      const escaped = key.replaceAll(/[\\ =:#!\t]/g, "\\$&");
      return `x${escaped}=${value.replaceAll("\\", "\\\\")}`;
    }),
  ];
  const ensemble = fc.array(server, { maxLength: 7 }).chain((servers) => {
    const lines = servers.map((value, i) => `server.${i + 1}=${value}`);
    const groupOf = fc.array(fc.integer({ min: 1, max: 3 }), {
      minLength: servers.length,
      maxLength: servers.length,
    });
    const weights = fc.array(fc.integer({ min: 0, max: 4 }), {
      minLength: servers.length,
      maxLength: servers.length,
    });
    return fc.option(fc.tuple(groupOf, weights)).map((grouped) => {
      if (grouped === null) return lines;
      const groups = [1, 2, 3].map(
        (g) => [g, servers.flatMap((_, i) => (grouped[0][i] === g ? [i + 1] : []))] as const,
      );
      const groupLines = groups
        .filter(([, members]) => members.length > 0)
        .map(([g, members]) => `group.${g}=${members.join(":")}`);
      return [
        ...lines,
        ...groupLines,
        ...grouped[1].map((weight, i) => `weight.${i + 1}=${weight}`),
      ];
    });
  });
  const fixed = ["tickTime=2000", "dataDir=/data", "initLimit=10", "syncLimit=5"];
  return fc
    .tuple(fc.subarray(optional), ensemble)
    .chain(([chosen, ensemble]) =>
      fc.tuple(...chosen).map((lines) => [...fixed, ...lines, ...ensemble, ""].join("\n")),
    );
}
