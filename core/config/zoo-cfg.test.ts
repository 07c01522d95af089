import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isQuorum, type QuorumVerifier } from "../quorum/verifier.ts";
import { describeProblem } from "./describe-errors.ts";
import type { ZooCfg } from "./zoo-cfg-types.ts";
import { parseZooCfg, type ZooCfgOptions, type ZooCfgResult } from "./zoo-cfg.ts";

const BASE = "tickTime=2000\ndataDir=/data\nclientPort=2181\ninitLimit=10\nsyncLimit=5\n";
const THREE = "server.1=a:2888:3888\nserver.2=b:2888:3888\nserver.3=c:2888:3888\n";
const FORM =
  " does not have the form server_config or server_config;client_config where server_config is the " +
  "pipe separated list of host:port:port or host:port:port:type and client_config is port or host:port";

interface Row {
  readonly what: string;
  readonly text: string | undefined;
  readonly myid?: string;
  readonly files?: Record<string, string>;
  readonly errors: readonly string[];
  readonly says: string;
  readonly exitCode?: 1;
}

const WRAPPED = "ConfigException: Error processing zoo/zoo.cfg";

/** The table of ZooKeeper's validation errors, then its crashes; every chain was seen from a real 3.8.0. */
const REFUSALS: readonly Row[] = [
  {
    what: "no file",
    text: undefined,
    errors: [WRAPPED, "IllegalArgumentException: zoo/zoo.cfg file is missing"],
    says: "zoo.cfg: there is no such file.",
  },
  {
    what: "no dataDir",
    text: "tickTime=2000\n",
    errors: [WRAPPED, "IllegalArgumentException: dataDir is not set"],
    says: "zoo.cfg: dataDir is not set.",
  },
  {
    what: "tickTime=0",
    text: "dataDir=/data\ntickTime=0\n",
    errors: [WRAPPED, "IllegalArgumentException: tickTime is not set"],
    says: "zoo.cfg:2: tickTime is 0, which counts as not set.",
  },
  {
    what: "tickTime=abc",
    text: "dataDir=/data\ntickTime=abc\n",
    errors: [WRAPPED, 'NumberFormatException: For input string: "abc"'],
    says: 'zoo.cfg:2: tickTime: "abc" is not a whole number from −2147483648 to 2147483647.',
  },
  {
    what: "an empty number",
    text: "dataDir=/data\ntickTime=\n",
    errors: [WRAPPED, 'NumberFormatException: For input string: ""'],
    says: 'zoo.cfg:2: tickTime: "" is not a whole number',
  },
  {
    what: "a number beyond an int",
    text: "dataDir=/data\nsnapCount=9\nmaxClientCnxns=2147483648\n",
    errors: [WRAPPED, 'NumberFormatException: For input string: "2147483648"'],
    says: 'zoo.cfg:3: maxClientCnxns: "2147483648" is not a whole number',
  },
  {
    what: "no initLimit",
    text: `dataDir=/data\nsyncLimit=5\n${THREE}`,
    myid: "1",
    errors: [WRAPPED, "IllegalArgumentException: initLimit is not set"],
    says: "zoo.cfg: initLimit is not set. An ensemble of 3 voters needs it (in ticks).",
  },
  {
    what: "syncLimit=0",
    text: `dataDir=/data\ninitLimit=5\nsyncLimit=0\n${THREE}`,
    myid: "1",
    errors: [WRAPPED, "IllegalArgumentException: syncLimit is not set"],
    says: "zoo.cfg:3: syncLimit is 0, which counts as not set. An ensemble of 3 voters needs it (in ticks).",
  },
  {
    what: "no myid",
    text: BASE + THREE,
    errors: [WRAPPED, "IllegalArgumentException: myid file is missing"],
    says: "myid: there is no such file. An ensemble of 3 voters needs it",
  },
  {
    what: "myid −1",
    text: BASE + THREE,
    myid: "-1\n",
    errors: [WRAPPED, "IllegalArgumentException: myid file is missing"],
    says: "myid: −1 counts as no id.",
  },
  {
    what: "myid not a number",
    text: BASE,
    myid: "abc",
    errors: [WRAPPED, "IllegalArgumentException: serverid abc is not a number"],
    says: 'myid:1: "abc" is not a whole number of at most 64 bits.',
  },
  {
    what: "electionAlg=2",
    text: `${BASE}electionAlg=2\n`,
    errors: ["ConfigException: Invalid electionAlg value. Only 3 is supported."],
    says: 'zoo.cfg:6: electionAlg is "2", but 3',
  },
  {
    what: "peerType=foo",
    text: `${BASE}peerType=foo\n`,
    errors: ["ConfigException: Unrecognised peertype: foo"],
    says: 'zoo.cfg:6: peerType: "foo" is neither participant nor observer.',
  },
  {
    what: "a server of type foo",
    text: `${BASE}server.1=a:1:2:foo\n`,
    errors: ["ConfigException: Unrecognised peertype: foo"],
    says: 'zoo.cfg:6: server.1: "foo" is neither participant nor observer.',
  },
  {
    what: "session timeouts crossed",
    text: `${BASE}maxSessionTimeout=3000\n`,
    errors: [
      WRAPPED,
      "IllegalArgumentException: minSessionTimeout must not be larger than maxSessionTimeout",
    ],
    says: "zoo.cfg:6: the shortest session timeout, 4000 ms, is longer than the longest, 3000 ms.",
  },
  {
    what: "bad boolean",
    text: `${BASE}standaloneEnabled=maybe\n`,
    errors: [
      "ConfigException: Invalid option maybe for standaloneEnabled. Choose 'true' or 'false.'",
    ],
    says: 'zoo.cfg:6: standaloneEnabled is "maybe", but must be true or false.',
  },
  {
    what: "observers without participants",
    text: `${BASE}server.1=a:1:2:observer\n`,
    errors: [
      WRAPPED,
      "IllegalArgumentException: Observers w/o participants is an invalid configuration",
    ],
    says: "zoo.cfg: all 1 servers are observers.",
  },
  {
    what: "observers without quorum",
    text: `${BASE}server.1=a:1:2\nserver.2=b:1:2:observer\n`,
    errors: [WRAPPED, "IllegalArgumentException: Observers w/o quorum is an invalid configuration"],
    says: "zoo.cfg: there is one participant for 1 observers.",
  },
  ...["a", "a:1", "a:1:2:observer:x", "a:1:2;1;2", ""].map((line) => ({
    what: `server line "${line}"`,
    text: `${BASE}server.1=${line}\n`,
    errors: [`ConfigException: ${line}${FORM}`],
    says: `zoo.cfg:6: server.1: "${line}" is not of the form host:quorumPort:electionPort`,
  })),
  {
    what: "a port that is no number",
    text: `${BASE}server.1=127.0.0.1:abc:3888\n`,
    errors: ["ConfigException: Address unresolved: 127.0.0.1:abc"],
    says: 'zoo.cfg:6: server.1: "abc" is not a whole number',
  },
  {
    what: "a blank behind a server line",
    text: `${BASE}server.1=127.0.0.1:2888:3888 \n`,
    errors: ["ConfigException: Address unresolved: 127.0.0.1:3888 "],
    says: 'zoo.cfg:6: server.1: "3888 " is not a whole number from −2147483648 to 2147483647. A blank',
  },
  {
    what: "a client port that is no number",
    text: `${BASE}server.1=127.0.0.1:1:2;abc\n`,
    errors: ["ConfigException: Address unresolved: null:abc"],
    says: 'zoo.cfg:6: server.1: "abc" is not',
  },
  ...[
    ["[::1:1:2", " starts with '[' but has no matching ']:'"],
    ["[::1]:", " doesn't have a port after colon"],
    ["[::1]", FORM],
  ].map(([line = "", message = ""]) => ({
    what: `server line "${line}"`,
    text: `${BASE}server.1=${line}\n`,
    errors: [`ConfigException: ${line}${message}`],
    says: `zoo.cfg:6: server.1: "${line}" is not of the form`,
  })),
  {
    what: "server.x",
    text: `${BASE}server.x=a:1:2\n`,
    errors: [WRAPPED, 'NumberFormatException: For input string: "x"'],
    says: 'zoo.cfg:6: server.x: "x" is not a whole number of at most 64 bits.',
  },
  {
    what: "clientPort out of range",
    text: "dataDir=/data\nclientPort=70000\n",
    errors: [WRAPPED, "IllegalArgumentException: port out of range:70000"],
    says: "zoo.cfg:2: clientPort: 70000 is no port.",
  },
  {
    what: "standaloneEnabled=false alone",
    text: `${BASE}standaloneEnabled=false\n`,
    errors: [
      WRAPPED,
      "IllegalArgumentException: standaloneEnabled = false then number of participants should be >0",
    ],
    says: "zoo.cfg: standaloneEnabled is false, so at least one server must be a participant.",
  },
  {
    what: "dynamic file missing",
    text: `${BASE}dynamicConfigFile=/x//dyn\n`,
    errors: [
      "ConfigException: Error processing /x//dyn",
      "FileNotFoundException: /x/dyn (No such file or directory)",
    ],
    says: "zoo.cfg:6: dynamicConfigFile names a file that does not exist.",
  },
  {
    what: "same ports",
    text: `${BASE}server.1=a:1:1\n`,
    errors: [
      "ConfigException: Client and election port must be different! Please update the configuration file on server.1",
    ],
    says: "zoo.cfg:6: server.1: the quorum port and the election port are both 1",
  },
  {
    what: "client addresses differ",
    text: `${BASE}server.1=a:1:2;2170\nserver.2=b:1:2\n`,
    myid: "1",
    errors: [
      "ConfigException: client address for this server (id = 1) in static config file is 0.0.0.0/0.0.0.0:2181 is different from client address found in dynamic file: /0.0.0.0:2170",
    ],
    says: "zoo.cfg:6: server.1 says that clients connect at 0.0.0.0:2170, but clientPort says 0.0.0.0:2181.",
  },
  {
    what: "server in no group",
    text: `${BASE}${THREE}group.1=1:2\n`,
    errors: ["ConfigException: Server 3is not in a group"],
    says: "zoo.cfg:8: server 3 is in no group.",
  },
  {
    what: "weight lines alone",
    text: `${BASE}${THREE}weight.1=2\n`,
    errors: ["ConfigException: Server 1is not in a group"],
    says: "zoo.cfg:6: server 1 is in no group.",
  },
  {
    what: "server in two groups",
    text: `${BASE}${THREE}group.1=1:2:3\ngroup.2=3\n`,
    errors: ["ConfigException: Server 3is in multiple groups"],
    says: "server 3 is in a group already.",
  },
  {
    what: "clientPortAddress without clientPort",
    text: "dataDir=/data\nclientPortAddress=a\n",
    errors: [
      WRAPPED,
      "IllegalArgumentException: clientPortAddress is set but clientPort is not set",
    ],
    says: "zoo.cfg:2: clientPortAddress is set, but clientPort is not",
  },
  {
    what: "server lines beside a dynamic file",
    text: `${BASE}${THREE}dynamicConfigFile=/dyn\n`,
    files: { "/dyn": THREE },
    errors: ["ConfigException: parameter: server.2 must be in a separate dynamic config file"],
    says: "zoo.cfg:7: server.2 may not stand here beside dynamicConfigFile. Move it to /dyn.",
  },
  {
    what: "unknown key in the dynamic file",
    text: `${BASE}dynamicConfigFile=/dyn\n`,
    files: { "/dyn": `${THREE}tickTime=1\n` },
    errors: ["ConfigException: Unrecognised parameter: tickTime"],
    says: "dyn:4: tickTime may not stand in a dynamic file",
  },
  {
    what: "version in the dynamic file",
    text: `${BASE}dynamicConfigFile=/dyn\n`,
    files: { "/dyn": `${THREE}version=1\n` },
    errors: ["ConfigException: dynamic file shouldn't have version inside"],
    says: "dyn:4: a dynamic file has its version at the end of its name",
  },
  {
    what: "a bad number in the dynamic file",
    text: `${BASE}dynamicConfigFile=/dyn\n`,
    files: { "/dyn": "server.x=a:1:2\n" },
    errors: [
      "ConfigException: Error processing /dyn",
      'NumberFormatException: For input string: "x"',
    ],
    says: 'dyn:1: server.x: "x" is not',
  },
  {
    what: "a version that is not hex",
    text: `${BASE}${THREE}version=xyz\n`,
    errors: [WRAPPED, 'NumberFormatException: For input string: "xyz" under radix 16'],
    says: 'zoo.cfg:9: version: "xyz" is not a hexadecimal number of at most 64 bits.',
  },
  {
    what: "malformed escape",
    text: `${BASE}a=\\u12\n`,
    errors: [WRAPPED, "IllegalArgumentException: Malformed \\uxxxx encoding."],
    says: "zoo.cfg:6: \\u must be followed by four hexadecimal digits.",
  },
  {
    what: "several addresses",
    text: `${BASE}multiAddress.enabled=true\nserver.1=a:1:2|b:1:2\n`,
    errors: [
      "ConfigException: Multiple address feature is disabled, but multiple addresses were specified for sid 1",
    ],
    says: "zoo.cfg:7: server.1 has several addresses",
  },
  {
    what: "SASL required but not enabled",
    text: `${BASE}quorum.auth.learnerRequireSasl=true\n`,
    errors: [
      WRAPPED,
      "IllegalArgumentException: quorum.auth.enableSasl is disabled, so cannot enable quorum.auth.learnerRequireSasl",
    ],
    says: "zoo.cfg:6: quorum.auth.learnerRequireSasl is true, which needs quorum.auth.enableSasl=true",
  },
  {
    what: "no provider for an SSL scheme",
    text: `${BASE}secureClientPort=2281\nssl.authProvider=foo\n`,
    errors: [
      "ConfigException: No auth provider configured for the SSL authentication scheme 'foo'.",
    ],
    says: "there is no authProvider.foo",
  },
  {
    what: "unknown metrics provider",
    text: `${BASE}metricsProvider.className=foo.Bar\n`,
    errors: [
      WRAPPED,
      "IllegalArgumentException: metrics provider class was not found",
      "ClassNotFoundException: foo.Bar",
    ],
    says: 'zoo.cfg:6: metricsProvider.className: there is no class "foo.Bar".',
  },
  {
    what: "a host that cannot be",
    text: `${BASE}clientPortAddress=300.1.1.1\n`,
    errors: [WRAPPED, "UnknownHostException: 300.1.1.1: Name or service not known"],
    says: 'zoo.cfg:6: clientPortAddress: "300.1.1.1" is neither an address nor a name',
  },
  {
    what: "crash: dataDir of one letter",
    text: "dataDir=a\n",
    errors: ["StringIndexOutOfBoundsException: begin 0, end 2, length 1"],
    says: 'zoo.cfg:1: dataDir is "a".',
    exitCode: 1,
  },
  {
    what: "crash: a server line of separators",
    text: `${BASE}server.1=;\n`,
    errors: ["ArrayIndexOutOfBoundsException: Index 0 out of bounds for length 0"],
    says: "zoo.cfg:6: server.1",
    exitCode: 1,
  },
  {
    what: "crash: a group with a stranger",
    text: `${BASE}${THREE}group.1=1:2:3:9\n`,
    errors: [
      'NullPointerException: Cannot invoke "java.lang.Long.longValue()" because the return value of "java.util.HashMap.get(Object)" is null',
    ],
    says: "zoo.cfg: the groups name 9",
    exitCode: 1,
  },
  {
    what: "crash: a group of a stranger alone",
    text: `${BASE}${THREE}group.1=1:2:3\ngroup.2=9\n`,
    errors: [
      'NullPointerException: Cannot invoke "java.lang.Long.longValue()" because the return value of "java.util.Iterator.next()" is null',
    ],
    says: "zoo.cfg: the groups name 9",
    exitCode: 1,
  },
];

test.each(REFUSALS)("refuses: $what", ({ text, myid, files, errors, says, exitCode }) => {
  const result = parse(text, { myid, readFile: (path) => files?.[path] });
  if (result.accepted) throw new Error("accepted");
  expect(result.errors.map(({ kind, message }) => `${kind}: ${message}`)).toEqual(errors);
  expect(result.exitCode).toBe(exitCode ?? 2);
  expect(describeProblem(result.problem)).toContain(says);
});

describe("accepted", () => {
  test("defaults", () => {
    const config = accepted("dataDir=/data//\n");
    expect(config).toMatchObject({ tickTime: 3000, dataDir: "/data", dataLogDir: "/data" });
    expect(config).toMatchObject({ minSessionTimeout: 6000, maxSessionTimeout: 60_000 });
    expect(config).toMatchObject({ serverId: -1, distributed: false, clientPortAddress: null });
    expect(config.quorumVerifier).toEqual({ kind: "majority", voters: [] });
    expect(config.warnings).toEqual([]);
  });

  test("an ensemble of three", () => {
    const config = accepted(BASE + THREE, { myid: "2\n" });
    expect(config).toMatchObject({ distributed: true, serverId: 2, peerType: "PARTICIPANT" });
    expect(config.servers[1]).toEqual({
      id: 2,
      type: "PARTICIPANT",
      addresses: [{ host: "b", quorumPort: 2888, electionPort: 3888 }],
      clientAddress: { host: "0.0.0.0", port: 2181 },
      isClientAddressFromStatic: true,
      weight: 1,
    });
    expect(Object.keys(config.systemProperties)).toEqual([
      "zookeeper.server.1",
      "zookeeper.server.2",
      "zookeeper.server.3",
    ]);
  });

  test("groups and weights, ready for core/quorum", () => {
    const text = `${BASE}${THREE}group.1=1:2\ngroup.2=3\nweight.1=3\nweight.3=0\n`;
    const { quorumVerifier, servers } = accepted(text, { myid: "1" });
    expect(servers.map(({ weight, group }) => [weight, group])).toEqual([
      [3, 1],
      [1, 1],
      [0, 2],
    ]);
    expect(quorumVerifier).toMatchObject({ kind: "hierarchical", groupCount: 1 });
    if (quorumVerifier.kind === "oracle") throw new Error("an oracle");
    const verifier: QuorumVerifier = quorumVerifier;
    const [first, second] = servers.map(({ id }) => id);
    expect([first, second].map((id) => id !== undefined && isQuorum(verifier, [id]))).toEqual([
      true,
      false,
    ]);
  });

  test("an oracle path wins over groups", () => {
    const text = `${BASE}${THREE}group.1=1\noraclePath=/oracle\n`;
    const { quorumVerifier } = accepted(text, { myid: "1" });
    expect(quorumVerifier).toEqual({ kind: "oracle", voters: [1, 2, 3], oraclePath: "/oracle" });
  });

  test("several addresses, once the process has the property", () => {
    const fourth = "server.4=a:1:2:observer|[::1]:3:4:observer;[::1]:5\n";
    const config = accepted(`dataDir=/data\ninitLimit=1\nsyncLimit=1\n${THREE}${fourth}`, {
      myid: "4",
      systemProperties: { "zookeeper.multiAddress.enabled": "true" },
    });
    expect(config.peerType).toBe("OBSERVER");
    expect(config.servers[3]?.addresses).toEqual([
      { host: "a", quorumPort: 1, electionPort: 2 },
      { host: "0:0:0:0:0:0:0:1", quorumPort: 3, electionPort: 4 },
    ]);
    expect(config.clientPortAddress).toEqual({ host: "0:0:0:0:0:0:0:1", port: 5 });
  });

  test("a dynamic file, its version, and the one of a pending reconfig", () => {
    const files: Record<string, string> = {
      "/dyn.dynamic.100000003": THREE,
      "zoo/zoo.cfg.dynamic.next": `${THREE}server.4=d:1:2\nversion=100000004\n`,
      "/data/myid": "3",
    };
    const text = `${BASE}dynamicConfigFile=/dyn.dynamic.100000003\n`;
    const config = accepted(text, { readFile: (path) => files[path] });
    expect(config).toMatchObject({ serverId: 3, quorumVersion: 0x100000003, distributed: true });
    expect(config.lastSeenEnsemble?.quorumVersion).toBe(0x100000004);
    expect(config.lastSeenEnsemble?.servers).toHaveLength(4);
  });

  test("unknown keys become properties, in file order", () => {
    const config = accepted(
      `${BASE}snapCount=5\n4lw.commands.whitelist=*\nzookeeper.skipACL=yes\n`,
    );
    expect(Object.entries(config.systemProperties)).toEqual([
      ["zookeeper.snapCount", "5"],
      ["zookeeper.4lw.commands.whitelist", "*"],
      ["zookeeper.zookeeper.skipACL", "yes"],
    ]);
  });

  test("a secure port brings its auth provider", () => {
    const config = accepted(`${BASE}secureClientPort=2281\n`);
    expect(config.secureClientPortAddress).toEqual({ host: "0.0.0.0", port: 2281 });
    expect(Object.keys(config.systemProperties)).toEqual(["zookeeper.authProvider.x509"]);
  });

  test("ids beyond 2^53 are rounded, and kept as text", () => {
    const config = accepted(BASE, { myid: "9223372036854775807" });
    expect(config.serverId).toBe(2 ** 63);
    expect(config.inexactLongs).toEqual({ serverId: "9223372036854775807" });
  });

  test("Java's ints overflow", () => {
    const config = accepted("dataDir=/data\ntickTime=1500000000\n");
    expect(config.minSessionTimeout).toBe(-1294967296);
  });

  test.each([
    ["server.1=a:1:2\nserver.2=b:1:2\n", "No server failure will be tolerated."],
    [`${THREE}server.4=d:1:2\n`, "Non-optimal configuration, consider an odd number of servers."],
    ["server.1=a:1:2\n", "Invalid configuration, only one server specified (ignoring)"],
    [`${THREE}peerType=observer\n`, "Peer type from servers list (PARTICIPANT) doesn't match"],
    ["autopurge.snapRetainCount=1\n", "Invalid autopurge.snapRetainCount: 1. Defaulting to 3"],
    ["dataLogDir=log\n", "log is relative. Prepend ./ to indicate that you're sure!"],
  ])("warns of %j", (lines, warning) => {
    const { warnings } = accepted(BASE + lines, { myid: "1" });
    expect(warnings).toEqual([expect.stringContaining(warning)]);
  });

  test("the result is plain data", () => {
    const config = accepted(`${BASE}${THREE}group.1=1:2:3\nmetricsProvider.__proto__=x\n`, {
      myid: "1",
    });
    expect(structuredClone(config)).toEqual(config);
    expect(JSON.parse(JSON.stringify(config))).toEqual(config);
  });
});

describe("whatever the text", () => {
  const key = fc.constantFrom(
    ..."tickTime dataDir clientPort clientPortAddress initLimit syncLimit electionAlg peerType server.1".split(
      " ",
    ),
    ..."server.2 server. group.1 group weight.1 weight version dynamicConfigFile oraclePath secureClientPort".split(
      " ",
    ),
    ..."metricsProvider.className metricsProvider.x standaloneEnabled quorum.auth.enableSasl x".split(
      " ",
    ),
  );
  const value = fc.oneof(
    fc.constantFrom(
      "1",
      "0",
      "-1",
      "true",
      "/data",
      "observer",
      "a:1:2",
      "a:1:2;3",
      "1:2",
      "[::1]:1:2",
      ";",
      "|",
    ),
    fc.string({ unit: fc.constantFrom(...Array.from("012ab:;|[].%\\u \t-+é")) }),
    fc.string({ unit: "binary" }),
  );
  const line = fc.oneof(
    fc.tuple(key, value).map(([key, value]) => `${key}=${value}`),
    fc.string({ unit: "binary" }),
  );

  test("there is a result, a sentence and no exception", () => {
    fc.assert(
      fc.property(fc.array(line), fc.option(value), fc.option(value), (lines, myid, dynamic) => {
        const text = lines.join("\n");
        const result = parse(text, {
          myid: myid ?? undefined,
          readFile: () => dynamic ?? undefined,
        });
        if (!result.accepted) expect(describeProblem(result.problem)).not.toBe("");
        else expect(structuredClone(result.config)).toEqual(result.config);
      }),
      { numRuns: 500 },
    );
  });
});

function parse(text: string | undefined, options: Partial<ZooCfgOptions> = {}): ZooCfgResult {
  return parseZooCfg(text, { configPath: "zoo/zoo.cfg", ...options });
}

/** The configuration without the warning for the relative path of the file itself. */
function accepted(text: string, options: Partial<ZooCfgOptions> = {}): ZooCfg {
  const result = parse(text, options);
  if (!result.accepted) throw new Error(describeProblem(result.problem));
  const [own, ...warnings] = result.config.warnings;
  expect(own).toBe("zoo/zoo.cfg is relative. Prepend ./ to indicate that you're sure!");
  return { ...result.config, warnings };
}
