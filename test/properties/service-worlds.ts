import fc from "fast-check";
import type { CreateModeName } from "../../core/client/create-mode.ts";
import type { ClientOp, MultiOp } from "../../core/client/operations.ts";
import { OPEN_ACL, READ_ACL } from "../../core/client/ops.ts";
import { watcherId } from "../../core/client/watcher.ts";
import { serverId } from "../../core/ids.ts";
import { serviceConfig } from "../../core/server/service/config.ts";
import type { Acl } from "../../core/wire/records.ts";
import { DISK_PROFILES, type DiskProfile } from "../../sim/disk/disk-spec.ts";
import { networkOf, type NetworkProfile } from "../../sim/network/link.ts";
import { DEFAULT_BOUNDS } from "../../sim/kernel/kernel.ts";
import type { ClientProcess } from "../../sim/process/client-process.ts";
import { World } from "../../sim/world.ts";
import { TreeModel } from "../model/tree-model.ts";
import { clientSpec } from "../support/clients.ts";
import { ServiceJudge } from "./service-judge.ts";

/**
 * One server, some clients, and what becomes of them, as plain data: fast-check can shrink it and print it. Requests
 * are made without waiting for the answers to earlier ones; only `events` and `wait` let anything happen.
 */
export interface ServiceWorld {
  readonly seed: number;
  readonly clients: number;
  /** Whether messages go through the wire's bytes. */
  readonly codec: boolean;
  readonly network: NetworkProfile;
  readonly disk: DiskProfile;
  /** Transactions between snapshots. */
  readonly snapCount: number;
  readonly snapshotDelayMs: number;
  readonly steps: readonly Step[];
}

/**
 * Clients are numbers from 1, and from 1 again where there are fewer; `who` 0 is the server. What makes no sense at the
 * moment does nothing.
 */
export type Step =
  | { readonly do: "ask"; readonly client: number; readonly op: ClientOp }
  /** So many events of the world happen: a fault behind it comes between any two of them. */
  | { readonly do: "events"; readonly count: number }
  | { readonly do: "wait"; readonly ms: number }
  | { readonly do: "crash" | "restart" | "pause" | "resume"; readonly who: number }
  /** The connection of a client breaks. */
  | { readonly do: "reset"; readonly client: number };

export const TICK_MS = 1000;
const SESSION_MS = 4000;
/** Until every silent session has expired, and every client that can has found its server again. */
const CALM_MS = 3 * SESSION_MS;
const SERVER = 1;
const CLIENT = 1000;
const HOST = { host: "server1", port: 2181 };

export interface Verdict {
  readonly problems: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
}

/** How a run can be spoilt, to see that the judge notices. */
export interface Spoiling {
  readonly model?: () => TreeModel;
  readonly world?: (world: World) => void;
}

/** Runs the world through its steps and into the calm, and judges every answer, every event and the tree. */
export function judgeService(plan: ServiceWorld, spoiling: Spoiling = {}): Verdict {
  const world = build(plan);
  spoiling.world?.(world);
  const judge = new ServiceJudge(world, spoiling.model?.() ?? new TreeModel());
  world.perform({ do: "boot", server: SERVER });
  world.run({ untilTime: 500_000 });
  for (const { id } of world.clients) world.perform({ do: "boot", server: id });
  for (const step of plan.steps) {
    if (judge.problems.length > 0) break;
    take(world, judge, step);
  }
  const nodes = [SERVER, ...world.clients.map(({ id }) => id)];
  for (const node of nodes) world.perform({ do: "resume", server: node });
  if (world.standalone?.state === "down") restartServer(world);
  world.run({ untilTime: world.kernel.now + CALM_MS * 1000 });
  judge.finish();
  return { problems: judge.problems, counts: judge.counts };
}

function take(world: World, judge: ServiceJudge, step: Step): void {
  switch (step.do) {
    case "ask": {
      const client = clientOf(world, step.client);
      // Whoever is told that the session is over begins a new one.
      if (client.client?.state === "CLOSED") world.perform({ do: "restart", server: client.id });
      judge.ask(client, step.op);
      return;
    }
    case "events":
      world.run({ untilEvent: world.kernel.executed + step.count });
      return;
    case "wait":
      world.run({ untilTime: world.kernel.now + step.ms * 1000 });
      return;
    case "restart":
      judge.faulted = true;
      if (step.who === 0) restartServer(world);
      else world.perform({ do: "restart", server: clientOf(world, step.who).id });
      return;
    case "crash":
    case "pause":
    case "resume":
      judge.faulted = true;
      world.perform({
        do: step.do,
        server: step.who === 0 ? SERVER : clientOf(world, step.who).id,
      });
      return;
    case "reset":
      judge.faulted = true;
      world.perform({ do: "reset", between: [SERVER, clientOf(world, step.client).id] });
      return;
  }
}

/** No process starts within the millisecond in which another ended; the ids of new sessions rely on it. */
function restartServer(world: World): void {
  world.perform({ do: "crash", server: SERVER });
  world.run({ untilTime: world.kernel.now + 2000 });
  world.perform({ do: "boot", server: SERVER });
}

function clientOf(world: World, number: number): ClientProcess {
  return world.clients[(number - 1) % world.clients.length] as ClientProcess;
}

function build(plan: ServiceWorld): World {
  const { snapCount, snapshotDelayMs } = plan;
  return new World({
    seed: plan.seed,
    standalone: {
      id: serverId(SERVER),
      config: serviceConfig({ tickTime: TICK_MS, snapCount, snapshotDelayMs }),
      address: HOST,
    },
    clients: Array.from({ length: plan.clients }, (_, i) =>
      clientSpec(CLIENT + 1 + i, [HOST], { name: `client${i + 1}`, sessionTimeoutMs: SESSION_MS }),
    ),
    codec: plan.codec,
    network: networkOf(plan.network),
    disk: { force: DISK_PROFILES[plan.disk] },
    bounds: { ...DEFAULT_BOUNDS, maxEvents: 200_000 },
    trace: "off",
  });
}

// What is drawn.

/** Few names, so that requests meet; some are those that sequential creates make. */
const PATHS = [
  "/a",
  "/b",
  "/a/a",
  "/a/b",
  "/b/a",
  "/a/a/a",
  "/a/s0000000000",
  "/a/s0000000001",
  "/s0000000000",
  "/",
  "/zookeeper",
  "/zookeeper/config",
] as const;

const path = fc.oneof(
  { weight: 6, arbitrary: fc.constant("/a") },
  { weight: 3, arbitrary: fc.constantFrom("/a/a", "/") },
  { weight: 4, arbitrary: fc.constantFrom(...PATHS) },
);
const newPath = fc.oneof(
  { weight: 6, arbitrary: path },
  { weight: 1, arbitrary: fc.constantFrom("/s", "/a/s") },
);
const data = fc.constantFrom(null, new Uint8Array(0), Uint8Array.of(1), Uint8Array.of(2, 3));
const version = fc.oneof(
  { weight: 3, arbitrary: fc.constant(-1) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 3 }) },
);
const client = fc.integer({ min: 1, max: 3 });
const watch = fc.option(fc.integer({ min: 1, max: 3 }).map(watcherId), { nil: undefined });

/** SHA-1 of alice:a, by which ACLs know her. */
const ALICE: Acl = {
  perms: 31,
  id: { scheme: "digest", id: "alice:AIueg8ag5ALfqeEyKdLnva1Wvi0=" },
};
const ACLS: readonly (readonly Acl[])[] = [
  READ_ACL,
  [ALICE],
  [...READ_ACL, ALICE],
  [{ perms: 31, id: { scheme: "auth", id: "" } }],
  [{ perms: 30, id: { scheme: "world", id: "anyone" } }, ALICE, ALICE],
  [{ perms: 31, id: { scheme: "nobody", id: "" } }],
];
const acl = fc.oneof(
  { weight: 6, arbitrary: fc.constant(OPEN_ACL) },
  { weight: 1, arbitrary: fc.constantFrom(...ACLS) },
);
const mode: fc.Arbitrary<CreateModeName> = fc.oneof(
  { weight: 4, arbitrary: fc.constant("persistent" as const) },
  { weight: 3, arbitrary: fc.constant("ephemeral" as const) },
  {
    weight: 2,
    arbitrary: fc.constantFrom("persistentSequential" as const, "ephemeralSequential" as const),
  },
);

const createOp = fc.oneof(
  {
    weight: 30,
    arbitrary: fc.record({
      kind: fc.constant("create" as const),
      path: newPath,
      data,
      acl,
      mode,
      stat: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.constant({
      kind: "create" as const,
      path: "/a/t",
      data: null,
      acl: OPEN_ACL,
      mode: "persistentTTL" as const,
      ttl: 1000,
    }),
  },
);
const deleteOp = fc.record({ kind: fc.constant("delete" as const), path, version });
const setDataOp = fc.record({ kind: fc.constant("setData" as const), path, data, version });
const checkOp = fc.record({ kind: fc.constant("check" as const), path, version });
const setACLOp = fc.record({ kind: fc.constant("setACL" as const), path, acl, version });

function pathOp<K extends string>(
  kind: K,
): fc.Arbitrary<{ readonly kind: K; readonly path: string }> {
  return fc.record({ kind: fc.constant(kind), path });
}

const readWithWatch: fc.Arbitrary<ClientOp> = fc
  .record({
    kind: fc.constantFrom("exists" as const, "getData" as const, "getChildren" as const),
    path,
    watch,
    stat: fc.boolean(),
  })
  .map(({ kind, path: at, watch: watcher, stat }) => ({
    kind,
    path: at,
    ...(watcher === undefined ? {} : { watch: watcher }),
    ...(kind === "getChildren" ? { stat } : {}),
  }));

const transaction: fc.Arbitrary<readonly MultiOp[]> = fc.array(
  fc.oneof(
    createOp.map((op) => ({ ...op, path: op.path })),
    deleteOp,
    setDataOp,
    checkOp,
    createOp.map((op) => ({ ...op, acl: [] })),
  ),
  { minLength: 1, maxLength: 4 },
);
const reads: fc.Arbitrary<readonly MultiOp[]> = fc.array(
  fc.oneof(pathOp("getData"), pathOp("getChildren")),
  { minLength: 1, maxLength: 3 },
);

const op: fc.Arbitrary<ClientOp> = fc.oneof(
  { weight: 8, arbitrary: createOp },
  { weight: 4, arbitrary: deleteOp },
  { weight: 4, arbitrary: setDataOp },
  { weight: 8, arbitrary: readWithWatch },
  {
    weight: 3,
    arbitrary: fc.oneof(transaction, reads).map((ops) => ({ kind: "multi" as const, ops })),
  },
  { weight: 2, arbitrary: setACLOp },
  {
    weight: 2,
    arbitrary: fc.oneof(pathOp("getACL"), pathOp("sync"), pathOp("getAllChildrenNumber")),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("getEphemerals" as const),
      prefixPath: fc.constantFrom("/", "/a", "/a/s"),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("addWatch" as const),
      path,
      mode: fc.constantFrom("persistent" as const, "persistentRecursive" as const),
      watcher: fc.integer({ min: 1, max: 3 }).map(watcherId),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom("alice:a", "bob:b").map((user) => ({
      kind: "addAuth" as const,
      scheme: "digest",
      auth: Uint8Array.from(user, (letter) => letter.charCodeAt(0)),
    })),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "close" as const }) },
);

const who = fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: client });

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 24, arbitrary: fc.record({ do: fc.constant("ask" as const), client, op }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("events" as const),
      count: fc.integer({ min: 1, max: 20 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      ms: fc.oneof(
        { weight: 1, arbitrary: fc.integer({ min: 1, max: 50 }) },
        { weight: 4, arbitrary: fc.integer({ min: 50, max: 1500 }) },
        { weight: 1, arbitrary: fc.integer({ min: 1500, max: 7000 }) },
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom("crash" as const, ...Array.from({ length: 4 }, () => "restart" as const)),
      who,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom("pause" as const, "resume" as const, "resume" as const),
      who,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("reset" as const), client }) },
);

export const serviceWorlds: fc.Arbitrary<ServiceWorld> = fc.record({
  seed: fc.nat(),
  clients: client,
  codec: fc.boolean(),
  network: fc.constantFrom("zero", "loopback", "loopback", "lan", "wan"),
  disk: fc.constantFrom("zero", "ssd", "slow"),
  snapCount: fc.constantFrom(4, 12, 1000),
  snapshotDelayMs: fc.constantFrom(0, 1, 50),
  steps: fc.array(step, { minLength: 1, maxLength: 80, size: "max" }),
});
