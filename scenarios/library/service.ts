import { defineScenario } from "../define.ts";
import type { Step } from "../format/steps.ts";
import { SETTLED } from "./steps.ts";

/** A standalone server and its clients: what znodes, watches, sessions and quotas do. */

/** The server boots, and its clients once it serves. */
const BOOT: readonly Step[] = [
  { at: 0, do: "boot", server: 1 },
  { when: SETTLED, do: "boot", client: "all" },
];

export const createGroup = defineScenario({
  name: "create-group",
  title: "Members join a group, one dies, and the group is deleted",
  about:
    "The recipe of group membership. The group is a persistent znode, a member an ephemeral child of it: a member that " +
    "dies without a word is gone when its session expires, between its timeout and one tick more. A group that still " +
    "has members can't be deleted.",
  group: "service",
  ensemble: { standalone: { tickTime: 1000 } },
  clients: { alice: {}, bob: {}, carol: {} },
  steps: [
    ...BOOT,
    { when: SETTLED, do: "create", client: "alice", path: "/group", data: "" },
    {
      when: SETTLED,
      do: "create",
      client: "alice",
      path: "/group/alice",
      data: "10.0.0.2",
      mode: "ephemeral",
      label: "alice joins",
    },
    {
      when: SETTLED,
      do: "create",
      client: "bob",
      path: "/group/bob",
      data: "10.0.0.3",
      mode: "ephemeral",
      label: "bob joins",
    },
    { when: SETTLED, do: "ls", client: "carol", path: "/group", watch: true, label: "list" },
    {
      when: SETTLED,
      after: "1s",
      do: "delete",
      client: "carol",
      path: "/group",
      label: "too early",
    },
    { when: SETTLED, after: "1s", do: "crash", client: "bob", label: "bob dies" },
    {
      when: { nodes: { "/group/bob": false } },
      do: "ls",
      client: "carol",
      path: "/group",
      label: "list again",
    },
    { when: SETTLED, do: "close", client: "alice", label: "alice leaves" },
    { when: SETTLED, do: "delete", client: "carol", path: "/group", label: "the end" },
  ],
  for: "1s",
  expect: [
    { end: { step: "list", got: ["alice", "bob"] } },
    {
      end: { step: "too early", outcome: "NotEmpty" },
      because: "a znode that has children can't be deleted",
    },
    {
      always: { nodes: { "/group/bob": { ephemeral: true } } },
      from: { step: "too early" },
      to: { step: "bob dies" },
    },
    {
      within: "7100ms",
      of: "bob dies",
      that: { nodes: { "/group/bob": false }, session: { bob: "gone" } },
      because: "a session of 6 s expires at the end of a tick of 1 s, and the disk takes a moment",
    },
    {
      within: "7100ms",
      of: "bob dies",
      that: { events: { carol: ["NodeChildrenChanged /group"] } },
    },
    { end: { step: "list again", got: ["alice"] } },
    { within: "1s", of: "alice leaves", that: { nodes: { "/group": { children: [] } } } },
    {
      end: {
        nodes: { "/group": false, "/": { children: ["zookeeper"] } },
        clients: { alice: "CLOSED", carol: "CONNECTED" },
        events: { carol: ["NodeChildrenChanged /group"] },
      },
      because: "the second change of the group found no watch",
    },
  ],
});

export const watchFiresOnce = defineScenario({
  name: "watch-fires-once",
  title: "A watch fires once, and not for what happens after",
  about:
    "bob reads with a watch, and hears of the first change only: a watch is used up when it fires. It is no log of " +
    "changes, and whoever wants to hear of the next one reads again with a watch. A recursive watch stays.",
  group: "service",
  ensemble: { standalone: {} },
  clients: { alice: {}, bob: {}, carol: {} },
  steps: [
    ...BOOT,
    { when: SETTLED, do: "create", client: "alice", path: "/config", data: "1" },
    { when: SETTLED, do: "get", client: "bob", path: "/config", watch: true, label: "first read" },
    { when: SETTLED, do: "addWatch", client: "carol", path: "/config" },
    { when: SETTLED, do: "set", client: "alice", path: "/config", data: "2", label: "second" },
    {
      when: SETTLED,
      after: "100ms",
      do: "set",
      client: "alice",
      path: "/config",
      data: "3",
      label: "third",
    },
    {
      when: SETTLED,
      after: "100ms",
      do: "get",
      client: "bob",
      path: "/config",
      watch: true,
      label: "read again",
    },
    {
      when: SETTLED,
      after: "100ms",
      do: "delete",
      client: "alice",
      path: "/config",
      label: "gone",
    },
    {
      when: SETTLED,
      after: "100ms",
      do: "create",
      client: "alice",
      path: "/config",
      data: "4",
      label: "back",
    },
  ],
  for: "1s",
  expect: [
    { end: { step: "first read", got: "1" } },
    {
      end: { nodes: { "/config": { data: "4", version: 0 } } },
      because: "a znode that is created again begins anew",
    },
    {
      always: { events: { bob: ["NodeDataChanged /config"] } },
      from: { step: "third" },
      to: { step: "gone" },
      because: "the watch was used up by the second write",
    },
    { end: { step: "read again", got: "3" } },
    {
      end: { events: { alice: [], bob: ["NodeDataChanged /config", "NodeDeleted /config"] } },
    },
    {
      end: {
        events: {
          carol: [
            "NodeDataChanged /config",
            "NodeDataChanged /config",
            "NodeDeleted /config",
            "NodeCreated /config",
          ],
        },
      },
      because: "a recursive watch stays when it fires",
    },
  ],
});

export const sessionExpires = defineScenario({
  name: "session-expires",
  title: "A session expires while its client stands still",
  about:
    "alice stands still for 20 s, as in a long garbage collection, and sends no pings. The server lets her session " +
    "expire and deletes her ephemerals; she learns of it only when she goes on and connects again. Her client is of no " +
    "use any more: whoever uses ZooKeeper must make another one.",
  group: "service",
  ensemble: { standalone: { tickTime: 1000 } },
  clients: { alice: { sessionTimeout: "8s" }, bob: { sessionTimeout: "8s" } },
  steps: [
    ...BOOT,
    { when: SETTLED, do: "create", client: "alice", path: "/lock", mode: "ephemeral" },
    { when: SETTLED, do: "create", client: "alice", path: "/kept", data: "by alice" },
    { when: SETTLED, do: "exists", client: "bob", path: "/lock", watch: true },
    { when: SETTLED, do: "pause", client: "alice", label: "stands still" },
    {
      when: { nodes: { "/lock": false } },
      do: "create",
      client: "bob",
      path: "/lock",
      mode: "ephemeral",
      label: "bob's turn",
    },
    {
      when: { step: "bob's turn", outcome: "ok" },
      after: "10s",
      do: "resume",
      client: "alice",
      label: "goes on",
    },
    {
      when: { clients: { alice: "CLOSED" } },
      do: "get",
      client: "alice",
      path: "/kept",
      label: "too late",
    },
  ],
  for: "1s",
  expect: [
    {
      always: { session: { alice: "alive" }, nodes: { "/lock": true } },
      from: { step: "stands still" },
      to: "5s",
    },
    {
      within: "9100ms",
      of: "stands still",
      that: { session: { alice: "gone" } },
      because: "a session of 8 s expires at the end of a tick of 1 s, and the disk takes a moment",
    },
    { end: { events: { bob: ["NodeDeleted /lock"] }, step: "bob's turn", outcome: "ok" } },
    {
      always: { clients: { alice: "CONNECTED" } },
      from: { step: "bob's turn" },
      to: { step: "goes on" },
      because: "whoever stands still does not know that time has passed",
    },
    { within: "10s", of: "goes on", that: { clients: { alice: "CLOSED" } } },
    { end: { step: "too late", outcome: "SessionExpired" } },
    {
      end: {
        nodes: { "/kept": "by alice", "/lock": { ephemeral: true } },
        session: { bob: "alive" },
      },
      because: "only ephemerals go with their session",
    },
  ],
});

export const quota = defineScenario({
  name: "quota",
  title: "A hard quota is enforced",
  about:
    "/app may have three znodes, itself included, and 20 bytes. The server counts as it goes, in a znode of its own, " +
    "and refuses what goes over a hard limit, where it is told to enforce quotas. A soft limit would only be logged.",
  group: "service",
  ensemble: { standalone: { properties: { enforceQuota: true } } },
  clients: { alice: {} },
  steps: [
    ...BOOT,
    { when: SETTLED, do: "create", client: "alice", path: "/app", data: "app" },
    { when: SETTLED, do: "setQuota", client: "alice", path: "/app", hardCount: 3, hardBytes: 20 },
    { when: SETTLED, do: "create", client: "alice", path: "/app/a", data: "12345" },
    { when: SETTLED, do: "create", client: "alice", path: "/app/b", data: "67890", label: "full" },
    { when: SETTLED, do: "create", client: "alice", path: "/app/c", label: "one more" },
    {
      when: SETTLED,
      do: "set",
      client: "alice",
      path: "/app/a",
      data: "a text of 18 bytes",
      label: "too long",
    },
    { when: SETTLED, do: "create", client: "alice", path: "/other", label: "elsewhere" },
    { when: SETTLED, do: "delete", client: "alice", path: "/app/b" },
    { when: SETTLED, do: "create", client: "alice", path: "/app/c", label: "room again" },
  ],
  for: "1s",
  expect: [
    { end: { step: "full", outcome: "ok" } },
    { end: { step: "one more", outcome: "QuotaExceeded" } },
    { end: { step: "too long", outcome: "QuotaExceeded" } },
    { end: { step: "elsewhere", outcome: "ok" }, because: "the quota is that of /app alone" },
    { end: { step: "room again", outcome: "ok" } },
    {
      always: {
        nodes: {
          "/app/a": { data: "12345", version: 0 },
          "/zookeeper/quota/app/zookeeper_stats": { data: "count=3,bytes=13", version: 0 },
        },
      },
      from: { step: "one more" },
      to: { step: "elsewhere" },
      because: "what was refused changed nothing, and counting takes no version",
    },
    {
      end: {
        nodes: {
          "/app": { children: ["a", "c"] },
          "/zookeeper/quota/app/zookeeper_stats": "count=3,bytes=8",
        },
      },
    },
  ],
});

export const versionConflict = defineScenario({
  name: "version-conflict",
  title: "Two clients write what they have read, and one of them is told that it is late",
  about:
    "Both read version 0 and write back with that version. The first write is applied, which makes it " +
    "version 1; the other is refused with BadVersion and must read again. No update is lost.",
  group: "service",
  ensemble: { standalone: {} },
  clients: { alice: {}, bob: {} },
  steps: [
    ...BOOT,
    { when: SETTLED, do: "create", client: "alice", path: "/counter", data: "7" },
    { when: SETTLED, do: "get", client: "alice", path: "/counter" },
    { when: SETTLED, do: "get", client: "bob", path: "/counter" },
    {
      when: SETTLED,
      do: "set",
      client: "alice",
      path: "/counter",
      data: "8",
      version: 0,
      label: "first",
    },
    {
      when: { step: "first", outcome: "ok" },
      do: "set",
      client: "bob",
      path: "/counter",
      data: "8",
      version: 0,
      label: "late",
    },
    { when: SETTLED, do: "get", client: "bob", path: "/counter", label: "reads again" },
    {
      when: SETTLED,
      do: "set",
      client: "bob",
      path: "/counter",
      data: "9",
      version: 1,
      label: "again",
    },
    { when: SETTLED, do: "delete", client: "alice", path: "/counter", version: 1, label: "delete" },
  ],
  for: "1s",
  expect: [
    { end: { step: "first", outcome: "ok" } },
    { end: { step: "late", outcome: "BadVersion" }, because: "the version is 1 by now" },
    { end: { step: "reads again", got: "8" } },
    { end: { step: "again", outcome: "ok" } },
    {
      end: { step: "delete", outcome: "BadVersion" },
      because: "a delete asks for its version too",
    },
    { end: { nodes: { "/counter": { data: "9", version: 2 } } } },
  ],
});

export const multiFailsHalfWay = defineScenario({
  name: "multi-fails-half-way",
  title: "A multi fails at its third operation, and nothing of it is done",
  about:
    "alice moves an entry from one list to another: check, create, delete, set in one transaction. Its delete names a " +
    "version that the znode does not have, so the create before it is not done either, and no watch fires. It takes " +
    "one zxid all the same. With the right version all four are done, with one zxid.",
  group: "service",
  ensemble: { standalone: {} },
  clients: { alice: {}, bob: {} },
  steps: [
    ...BOOT,
    {
      when: SETTLED,
      do: "multi",
      client: "alice",
      ops: [
        { do: "create", path: "/todo" },
        { do: "create", path: "/todo/wash", data: "the car" },
        { do: "create", path: "/done", data: "0" },
      ],
      label: "lists",
    },
    { when: SETTLED, do: "ls", client: "bob", path: "/done", watch: true },
    {
      when: SETTLED,
      do: "multi",
      client: "alice",
      ops: [
        { do: "check", path: "/done", version: 0 },
        { do: "create", path: "/done/wash", data: "the car" },
        { do: "delete", path: "/todo/wash", version: 5 },
        { do: "set", path: "/done", data: "1" },
      ],
      label: "wrong version",
    },
    { when: SETTLED, do: "ls", client: "bob", path: "/todo", label: "looks" },
    {
      when: SETTLED,
      do: "multi",
      client: "alice",
      ops: [
        { do: "check", path: "/done", version: 0 },
        { do: "create", path: "/done/wash", data: "the car" },
        { do: "delete", path: "/todo/wash", version: 0 },
        { do: "set", path: "/done", data: "1" },
      ],
      label: "right version",
    },
  ],
  for: "1s",
  expect: [
    { end: { step: "lists", got: ["/todo", "/todo/wash", "/done"] } },
    { end: { step: "wrong version", outcome: "BadVersion", failedAt: 2 } },
    {
      always: { nodes: { "/done": { data: "0", children: [] } }, events: { bob: [] } },
      from: { step: "wrong version" },
      to: { step: "looks" },
      because: "the create before the operation that failed is rolled back",
    },
    { end: { step: "looks", got: ["wash"] } },
    { end: { step: "right version", outcome: "ok" } },
    {
      end: {
        nodes: {
          "/todo": { children: [] },
          "/done": { data: "1", version: 1, children: ["wash"] },
          "/done/wash": "the car",
        },
        events: { bob: ["NodeChildrenChanged /done"] },
        zxid: { "1": "0x5" },
      },
      because: "two sessions and three transactions, the one that failed among them",
    },
  ],
});

export const serverRestart = defineScenario({
  name: "server-restart",
  title: "The server restarts, and its clients go on with their sessions",
  about:
    "What the server acknowledged is in its log, and sessions are transactions like everything else: after a crash it " +
    "replays the log, its clients connect again with the sessions they had, and their ephemerals were never gone. " +
    "Watches are kept by clients, which set them again.",
  group: "service",
  ensemble: { standalone: { tickTime: 1000 } },
  clients: { alice: {}, bob: {} },
  steps: [
    ...BOOT,
    { when: SETTLED, do: "create", client: "alice", path: "/data", data: "kept" },
    { when: SETTLED, do: "create", client: "alice", path: "/alive", mode: "ephemeral" },
    { when: SETTLED, do: "get", client: "bob", path: "/data", watch: true },
    { when: SETTLED, after: "1s", do: "crash", server: 1, label: "crash" },
    {
      when: { clients: { alice: "CONNECTING", bob: "CONNECTING" } },
      do: "get",
      client: "alice",
      path: "/data",
      label: "asked too early",
    },
    { when: { process: { "1": "down" } }, after: "2s", do: "boot", server: 1, label: "back" },
    { when: SETTLED, do: "set", client: "alice", path: "/data", data: "changed", label: "change" },
  ],
  for: "8s",
  expect: [
    {
      within: "4s",
      of: "back",
      that: { settled: true, clients: { alice: "CONNECTED", bob: "CONNECTED" } },
    },
    {
      always: { nodes: { "/alive": { ephemeral: true } } },
      from: { step: "change" },
      because: "the session goes on, and its ephemerals with it",
    },
    {
      end: { step: "asked too early", outcome: "ConnectionLoss" },
      because: "what waits for a server fails when the next one does not answer",
    },
    { end: { sessions: { alice: 1, bob: 1 }, session: { alice: "alive", bob: "alive" } } },
    {
      end: { step: "change", outcome: "ok", nodes: { "/data": { data: "changed", version: 1 } } },
    },
    {
      end: { events: { bob: ["NodeDataChanged /data"] } },
      because: "bob's client set its watch again when it was connected",
    },
  ],
});
