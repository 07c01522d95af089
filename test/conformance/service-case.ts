import { hexBytes, utf8Bytes } from "./service-bytes.ts";

/** Recorded service cases as data/README.md describes them ("Service and random cases"). */

export interface ServiceCase {
  readonly id: string;
  readonly group: string;
  readonly profile: string;
  readonly steps: readonly ServiceStep[];
  /** Of an ensemble: the servers in the order in which they were started, each when those before it had settled. */
  readonly boot?: readonly number[];
  /** Of an ensemble: further lines of its zoo.cfg, and Java system properties (`key=value`). */
  readonly config?: string;
  readonly properties?: readonly string[];
}

export interface ServiceStep {
  /** The connection that acts. */
  readonly s: string;
  readonly op: string;
  readonly args?: StepArgs;
  readonly result: StepResult;
}

/** The arguments of all operations; which of them an operation has is in the README. */
export interface StepArgs {
  readonly path?: TextArg;
  readonly prefix?: TextArg;
  readonly data?: DataArg | readonly TextArg[] | null;
  readonly mode?: string | number;
  readonly acl?: readonly AclArg[] | null;
  readonly ttl?: number;
  readonly version?: number;
  readonly watch?: boolean;
  readonly type?: number;
  readonly relativeZxid?: number;
  readonly exist?: readonly TextArg[] | null;
  readonly child?: readonly TextArg[] | null;
  readonly persistent?: readonly TextArg[] | null;
  readonly persistentRecursive?: readonly TextArg[] | null;
  readonly scheme?: TextArg;
  readonly auth?: DataArg;
  readonly joining?: TextArg;
  readonly leaving?: TextArg;
  readonly newMembers?: TextArg;
  readonly curConfigId?: number;
  readonly hex?: string;
  readonly opcode?: number;
  /** Of multi and multiRead: `{op, ...args}`; of a pipeline: `{op, args}`. */
  readonly ops?: readonly SubOp[];
  readonly timeout?: number;
  readonly resume?: string;
  readonly badPassword?: boolean;
  readonly lastZxid?: number;
  readonly readOnly?: boolean;
  readonly readOnlyField?: boolean;
  /** Of an ensemble: the server that is connected to. */
  readonly server?: number;
  readonly ms?: number;
  readonly keepAlive?: readonly string[];
}

export type SubOp = StepArgs & { readonly op: string; readonly args?: StepArgs };

/** A text as the wire sends it: null has length −1; `repeat` stands behind a slash; `hex` are the raw bytes. */
export type TextArg = string | null | Repeated | { readonly hex: string };

export type DataArg = string | null | Repeated | { readonly b64: string };

export interface Repeated {
  readonly repeat: string;
  readonly n: number;
}

export interface AclArg {
  readonly perms: number;
  readonly scheme: TextArg;
  readonly id: TextArg;
}

export interface StepResult {
  readonly err?: number;
  readonly zxid?: number;
  readonly events?: readonly CaseEvent[];
  readonly closed?: boolean;
  readonly closedConns?: readonly string[];
  readonly noReply?: boolean;
  readonly extraBytes?: string;

  readonly session?: string;
  readonly timeout?: number;
  readonly readOnly?: boolean | null;
  readonly lastZxid?: number;
  readonly pingErr?: number;
  readonly expired?: boolean;
  readonly sessionIdZero?: boolean;
  readonly headerOnly?: boolean;

  readonly path?: string | null;
  readonly data?: DataArg;
  readonly stat?: CaseStat;
  readonly acl?: readonly AclArg[] | null;
  readonly children?: readonly string[];
  readonly paths?: readonly string[];
  readonly number?: number;
  readonly ids?: readonly { readonly scheme: string; readonly user: string }[];
  readonly results?: readonly SubResult[];
  readonly replies?: readonly (StepResult & { readonly eventsBefore?: number })[];

  /** Never recorded: what the reader makes of a reply that breaks the protocol. */
  readonly malformed?: string;
}

export interface SubResult {
  readonly op: string;
  readonly err?: number;
  readonly hdrErr?: number;
  readonly path?: string | null;
  readonly data?: DataArg;
  readonly stat?: CaseStat;
  readonly children?: readonly string[];
}

/** Without its times. */
export interface CaseStat {
  readonly czxid: number;
  readonly mzxid: number;
  readonly version: number;
  readonly cversion: number;
  readonly aversion: number;
  /** 0 or the symbolic session. */
  readonly ephemeralOwner: number | string;
  readonly dataLength: number;
  readonly numChildren: number;
  readonly pzxid: number;
}

export interface CaseEvent {
  readonly to: string;
  readonly type: string;
  readonly path: string;
  /** Undefined for SyncConnected. */
  readonly state?: number;
  /** True if the event came before the acting connection's own reply. */
  readonly before?: boolean;
  /**
   * Never recorded: the number of the session close to which the event belongs, if it took several ephemerals.
   * The events of one such close have no order.
   */
  readonly close?: number;
}

/** Cases that run on an ensemble; all others have one standalone server. */
export function needsEnsemble({ profile }: ServiceCase): boolean {
  return profile === "ensemble";
}

/** The bytes of a text, undefined for null. A lone surrogate is sent as the three bytes of its code point. */
export function textBytes(text: TextArg): Uint8Array | undefined {
  if (text === null) return undefined;
  if (typeof text === "string") return utf8Bytes(text);
  if ("hex" in text) return hexBytes(text.hex);
  return utf8Bytes(`/${text.repeat.repeat(text.n)}`);
}

export function dataBytes(data: DataArg): Uint8Array | undefined {
  if (data === null) return undefined;
  if (typeof data === "string") return utf8Bytes(data);
  if ("b64" in data) return Uint8Array.from(Buffer.from(data.b64, "base64"));
  return utf8Bytes(data.repeat.repeat(data.n));
}
