import type { ClientOp, MultiOp, OpResult } from "../../core/client/operations.ts";
import { NO_SESSION, type SessionId } from "../../core/ids.ts";
import { ERROR_CODES, type ErrorName } from "../../core/wire/error-codes.ts";
import type { Acl, Buffer, Id, Stat } from "../../core/wire/records.ts";
import { ZERO_ZXID, type Zxid } from "../../core/zxid.ts";
import {
  ADMIN,
  CREATE,
  DELETE,
  fixAcl,
  OPEN,
  permits,
  READ,
  READ_ONLY,
  withoutHash,
  WRITE,
} from "./acl-model.ts";
import { compareText, nameOf, newNode, type Node, parentOf, statOf } from "./node-model.ts";

/**
 * ZooKeeper's tree in the fewest words: one Map, one request after another, in the order of their zxids. It is slow,
 * knows nothing of logs, pipelines and connections, and shares no code with core/tree. Not in it: containers, TTLs
 * that are allowed, quotas, chroots, paths that a client refuses to send.
 */

/** A write request, and the moment it has in the order of all writes. */
export interface Moment {
  readonly zxid: Zxid;
  /** ms, by the server's clock, when the request was checked. */
  readonly time: number;
  readonly session: SessionId;
  readonly who: readonly Id[];
  /** The last zxid that was applied when the request was checked. Only the lag of `#view` depends on it. */
  readonly seen: Zxid;
}

export interface Result {
  readonly code: number;
  /** What the client gets if the code is 0; of a multi in any case. */
  readonly value: unknown;
}

/** What a write did to one node, for watches. The parent's children changed as well, except by `changed`. */
export interface Change {
  readonly kind: "created" | "deleted" | "changed";
  readonly path: string;
  readonly parent: string;
  readonly acl: readonly Acl[];
  readonly parentAcl: readonly Acl[];
}

export interface Answer {
  readonly result: Result;
  readonly changes: readonly Change[];
}

type Op<Kind> = Extract<ClientOp | MultiOp, { readonly kind: Kind }>;
/** Requests that are checked, take a zxid, and change one node if all is well. */
export type Write = Op<"create" | "delete" | "setData" | "setACL" | "check">;
export type Read = Op<
  | "exists"
  | "getData"
  | "getChildren"
  | "getACL"
  | "getAllChildrenNumber"
  | "getEphemerals"
  | "sync"
  | "addWatch"
  | "multi"
>;

const UNDELETABLE = ["/", "/zookeeper", "/zookeeper/quota", "/zookeeper/config"];

export class TreeModel {
  nodes = new Map<string, Node>();
  readonly sessions = new Set<SessionId>();
  lastZxid: Zxid = ZERO_ZXID;
  /** See `#view`. */
  #views = new Map<string, View>();

  constructor() {
    const builtIn = (path: string, children: string[], acl: readonly Acl[]): Node => {
      const node = newNode(new Uint8Array(0), acl, NO_SESSION, ZERO_ZXID, 0);
      for (const child of children) node.children.add(child);
      // Nobody created these children, and a create counts for a number of changes and a number of children.
      node.cversion = 0 - children.length;
      this.nodes.set(path, node);
      return node;
    };
    builtIn("/", ["zookeeper"], OPEN);
    builtIn("/zookeeper", ["quota", "config"], OPEN);
    builtIn("/zookeeper/quota", [], OPEN);
    builtIn("/zookeeper/config", [], READ_ONLY).aversion = -1;
  }

  // Writes.

  openSession(session: SessionId, zxid: Zxid): void {
    this.lastZxid = zxid;
    this.sessions.add(session);
  }

  /** Its ephemerals go, in an order that nobody promises. */
  closeSession(session: SessionId, at: Moment): Answer {
    this.lastZxid = at.zxid;
    this.sessions.delete(session);
    const changes: Change[] = [];
    for (const path of this.ephemeralsOf(session)) {
      const parent = this.#view(viewKey(parentOf(path)), parentOf(path), at);
      changes.push(this.#remove(path, at));
      // The view goes on counting the child until the transaction is applied.
      this.#views.set(viewKey(parentOf(path)), { ...parent, until: at.zxid });
    }
    return { result: { code: 0, value: undefined }, changes };
  }

  /** One write, with or without success; both take its zxid. */
  write(op: Write | Op<"multi" | "close">, at: Moment): Answer {
    this.lastZxid = at.zxid;
    if (op.kind === "close") return this.closeSession(at.session, at);
    const changes: Change[] = [];
    const result =
      op.kind === "multi" ? this.#multi(op.ops, at, changes) : this.#one(op, at, changes);
    return { result, changes };
  }

  /** Nothing is seen of the view over a restart: what was not applied is either lost or applied by then. */
  restarted(): void {
    this.#views.clear();
  }

  #one(op: Write, at: Moment, changes: Change[]): Result {
    switch (op.kind) {
      case "create":
        return this.#create(op, at, changes);
      case "delete":
        return this.#delete(op, at, changes);
      case "setData":
        return this.#setData(op, at, changes);
      case "setACL":
        return this.#setACL(op, at);
      case "check": {
        const node = this.nodes.get(op.path);
        if (node === undefined) return fail("NoNode");
        if (!permits(this.#view(op.path, op.path, at).acl, READ, at.who)) return fail("NoAuth");
        return fits(node.version, op.version) ? done(undefined) : fail("BadVersion");
      }
    }
  }

  #create(op: Op<"create">, at: Moment, changes: Change[]): Result {
    if (op.mode === "persistentTTL" || op.mode === "persistentSequentialTTL") {
      return fail("Unimplemented");
    }
    const acl = fixAcl(op.acl, at.who);
    if (acl === undefined) return fail("InvalidACL");
    const parentPath = parentOf(op.path);
    const parent = this.nodes.get(parentPath);
    if (parent === undefined) return fail("NoNode");
    const key = viewKey(parentPath);
    const view = this.#view(key, parentPath, at);
    if (!permits(view.acl, CREATE, at.who)) return fail("NoAuth");
    const isSequential = op.mode === "persistentSequential" || op.mode === "ephemeralSequential";
    const path = isSequential ? op.path + this.suffix(op.path, parent) : op.path;
    if (this.nodes.has(path)) return fail("NodeExists");
    if (parent.owner !== NO_SESSION) return fail("NoChildrenForEphemerals");
    const isEphemeral = op.mode === "ephemeral" || op.mode === "ephemeralSequential";
    const node = newNode(op.data, acl, isEphemeral ? at.session : NO_SESSION, at.zxid, at.time);
    this.nodes.set(path, node);
    parent.children.add(nameOf(path));
    parent.created++;
    parent.cversion++;
    parent.pzxid = at.zxid;
    this.#views.set(key, { ...view, count: view.count + 1, until: at.zxid });
    this.#views.set(path, { acl, count: 0, until: at.zxid });
    changes.push({ kind: "created", path, parent: parentPath, acl, parentAcl: parent.acl });
    return done({ path, stat: op.stat === true ? statOf(node) : undefined });
  }

  /** All children of a node share the counter, whatever they are called, and no delete takes from it. */
  suffix(_path: string, parent: Node): string {
    return String(parent.created).padStart(10, "0");
  }

  #delete(op: Op<"delete">, at: Moment, changes: Change[]): Result {
    if (UNDELETABLE.includes(op.path)) return fail("BadArguments");
    const parent = parentOf(op.path);
    if (!this.nodes.has(parent)) return fail("NoNode");
    const view = this.#view(viewKey(parent), parent, at);
    if (!permits(view.acl, DELETE, at.who)) return fail("NoAuth");
    const node = this.nodes.get(op.path);
    if (node === undefined) return fail("NoNode");
    if (!fits(node.version, op.version)) return fail("BadVersion");
    if (this.#view(op.path, op.path, at).count > 0) return fail("NotEmpty");
    changes.push(this.#remove(op.path, at));
    this.#views.set(viewKey(parent), { ...view, count: view.count - 1, until: at.zxid });
    return done(undefined);
  }

  #setData(op: Op<"setData">, at: Moment, changes: Change[]): Result {
    const node = this.nodes.get(op.path);
    if (node === undefined) return fail("NoNode");
    const view = this.#view(op.path, op.path, at);
    if (!permits(view.acl, WRITE, at.who)) return fail("NoAuth");
    if (!fits(node.version, op.version)) return fail("BadVersion");
    node.data = op.data;
    node.version++;
    node.mzxid = at.zxid;
    node.mtime = at.time;
    this.#views.set(op.path, { ...view, until: at.zxid });
    const { acl } = node;
    changes.push({ kind: "changed", path: op.path, parent: "", acl, parentAcl: [] });
    return done(statOf(node));
  }

  /** Of the stat only aversion changes, and no watch fires. */
  #setACL(op: Op<"setACL">, at: Moment): Result {
    const acl = fixAcl(op.acl, at.who);
    if (acl === undefined) return fail("InvalidACL");
    const node = this.nodes.get(op.path);
    if (node === undefined) return fail("NoNode");
    const view = this.#view(op.path, op.path, at);
    if (!permits(view.acl, ADMIN, at.who)) return fail("NoAuth");
    if (!fits(node.aversion, op.version)) return fail("BadVersion");
    node.lastAcls.push({ acl: node.acl, until: at.zxid });
    node.acl = acl;
    node.aversion++;
    this.#views.set(op.path, { ...view, until: at.zxid });
    return done(statOf(node));
  }

  /** All or nothing. When the k-th fails, those before it have Ok and those behind it RuntimeInconsistency. */
  #multi(ops: readonly MultiOp[], at: Moment, changes: Change[]): Result {
    const nodes = structuredClone(this.nodes);
    const views = new Map(this.#views);
    const results: OpResult[] = [];
    for (const [k, op] of ops.entries()) {
      const { code, value } = this.#one(op as Write, at, changes);
      if (code === 0) {
        results.push(opResult(op, value));
        continue;
      }
      this.nodes = nodes;
      this.#views = views;
      changes.length = 0;
      const entry = (i: number): OpResult =>
        errorEntry(i < k ? 0 : i === k ? code : ERROR_CODES.RuntimeInconsistency);
      return { code, value: ops.map((_, i) => entry(i)) };
    }
    return done(results);
  }

  #remove(path: string, at: Moment): Change {
    const acl = this.nodes.get(path)?.acl ?? [];
    const parentPath = parentOf(path);
    const parent = this.nodes.get(parentPath) as Node;
    this.nodes.delete(path);
    this.#views.delete(path);
    parent.children.delete(nameOf(path));
    parent.cversion++;
    parent.pzxid = at.zxid;
    return { kind: "deleted", path, parent: parentPath, acl, parentAcl: parent.acl };
  }

  /**
   * Requests are checked against the tree as it will be when all that was checked before them is applied; but in
   * two things ZooKeeper's view of that lags behind. A setACL leaves the old list in it, and a closed session its
   * ephemerals in the count of their parents' children. So it stays for a node as long as the last change to that node
   * is not applied. The root has two views: as the parent of its children ("") and as itself ("/"), and what is
   * pending for the one is not seen in the other.
   */
  #view(key: string, path: string, at: Moment): View {
    const view = this.#views.get(key);
    if (view !== undefined && view.until > at.seen) return view;
    const node = this.nodes.get(path) as Node;
    const last = node.lastAcls.find((one) => one.until > at.seen);
    return { acl: (last ?? node).acl, count: node.children.size, until: at.seen };
  }

  // Reads.

  read(op: Read, session: SessionId, who: readonly Id[]): Result {
    switch (op.kind) {
      case "sync":
        return done(op.path);
      case "addWatch":
        return done(undefined);
      case "getEphemerals": {
        const all = op.prefixPath === "/";
        const paths = this.ephemeralsOf(session);
        return done(paths.filter((path) => all || path.startsWith(op.prefixPath)));
      }
      case "multi":
        return done(
          op.ops.map((sub) => {
            const { code, value } = this.read(sub as Read, session, who);
            return code === 0 ? opResult(sub, value) : errorEntry(code);
          }),
        );
      case "exists": {
        const node = this.nodes.get(op.path);
        return node === undefined ? fail("NoNode") : done(statOf(node));
      }
      case "getData":
        return this.#readNode(op.path, READ, who, ({ data }, stat) => ({ data, stat }));
      case "getChildren":
        return this.#readNode(op.path, READ, who, ({ children }, stat) => ({
          children: [...children].sort(compareText),
          stat: "stat" in op && op.stat ? stat : undefined,
        }));
      case "getACL":
        return this.#readNode(op.path, READ | ADMIN, who, ({ acl }, stat) => ({
          acl: permits(acl, ADMIN, who) ? acl : acl.map(withoutHash),
          stat,
        }));
      case "getAllChildrenNumber": {
        const prefix = op.path === "/" ? "/" : `${op.path}/`;
        const below = [...this.nodes.keys()].filter((p) => p !== "/" && p.startsWith(prefix));
        return this.#readNode(op.path, READ, who, () => below.length);
      }
    }
  }

  /** Sorted; in ZooKeeper in the order of a hash set. */
  ephemeralsOf(session: SessionId): string[] {
    const own = [...this.nodes].filter(([, node]) => node.owner === session);
    return own.map(([path]) => path).sort(compareText);
  }

  #readNode(
    path: string,
    perm: number,
    who: readonly Id[],
    value: (node: Node, stat: Stat) => unknown,
  ): Result {
    const node = this.nodes.get(path);
    if (node === undefined) return fail("NoNode");
    return permits(node.acl, perm, who) ? done(value(node, statOf(node))) : fail("NoAuth");
  }
}

interface View {
  readonly acl: readonly Acl[];
  readonly count: number;
  /** The zxid of the last change to the node. */
  readonly until: Zxid;
}

function fits(version: number, wanted: number): boolean {
  return wanted === -1 || wanted === version;
}

function done(value: unknown): Result {
  return { code: 0, value };
}

function fail(name: ErrorName): Result {
  return { code: ERROR_CODES[name], value: undefined };
}

export function nameOfCode(code: number): ErrorName {
  const names = Object.keys(ERROR_CODES) as ErrorName[];
  return names.find((name) => ERROR_CODES[name] === code) as ErrorName;
}

function errorEntry(code: number): OpResult {
  return { kind: "error", code, name: nameOfCode(code) };
}

/** In a multi a create has no Stat (ZOOKEEPER-4026), and a list of children none either. */
function opResult(op: MultiOp, value: unknown): OpResult {
  switch (op.kind) {
    case "create":
      return { kind: "create", path: (value as { path: string }).path, stat: undefined };
    case "setData":
      return { kind: "setData", stat: value as Stat };
    case "getData":
      return { kind: "getData", ...(value as { data: Buffer | null; stat: Stat }) };
    case "getChildren":
      return { kind: "getChildren", children: (value as { children: string[] }).children };
    case "delete":
    case "check":
      return { kind: op.kind };
  }
}

function viewKey(parent: string): string {
  return parent === "/" ? "" : parent;
}
