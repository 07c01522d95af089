import { ERROR_CODES, type ErrorName } from "../wire/error-codes.ts";
import type { OpResult } from "./operations.ts";

/**
 * What a client says when an operation did not succeed, as plain data. `IllegalArgument` is what Java throws as
 * IllegalArgumentException before anything is sent; it carries the code that a server would have answered.
 */
export interface ClientError {
  readonly code: number;
  readonly name: ClientErrorName;
  /** As the caller wrote it, without the chroot. Null where the operation has no path. */
  readonly path: string | null;
  /** What is wrong with an illegal argument. */
  readonly reason?: string;
  /** Of a multi: one entry for each operation (KeeperException.getResults). */
  readonly results?: readonly OpResult[];
}

/** `Unknown` is a code that no version of ZooKeeper names. */
export type ClientErrorName = ErrorName | "IllegalArgument" | "Unknown";

export type Outcome<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly error: ClientError };

const NAMES = new Map<number, ErrorName>(
  Object.entries(ERROR_CODES).map(([name, code]) => [code, name as ErrorName]),
);

/** Names that the text of KeeperException spells differently from its class (KeeperException.getCodeMessage). */
const TEXTS = new Map<ClientErrorName, string>([
  ["Ok", "ok"],
  ["ApiError", "APIError"],
  ["NotEmpty", "Directory not empty"],
  ["SessionExpired", "Session expired"],
  ["InvalidCallback", "Invalid callback"],
  ["SessionMoved", "Session moved"],
  ["NotReadOnly", "Not a read-only call"],
  ["EphemeralOnLocalSession", "Ephemeral node on local session"],
  ["NoWatcher", "No such watcher"],
  ["ReconfigDisabled", "Reconfig is disabled"],
  ["SessionClosedRequireSaslAuth", "Session closed because client failed to authenticate"],
  ["QuotaExceeded", "Quota has exceeded"],
  ["ThrottledOp", "Op throttled due to high load"],
  ["UnknownSession", "Unknown error UNKNOWNSESSION"],
  ["RequestTimeout", "Unknown error REQUESTTIMEOUT"],
]);

export function errorName(code: number): ErrorName | "Unknown" {
  return NAMES.get(code) ?? "Unknown";
}

export function keeperError(code: number, path: string | null): ClientError {
  return { code, name: errorName(code), path };
}

export function illegalArgument(reason: string, path: string | null): ClientError {
  return { code: ERROR_CODES.BadArguments, name: "IllegalArgument", path, reason };
}

/** As Java prints it: `KeeperErrorCode = NoNode for /path` (KeeperException.getMessage). */
export function formatClientError(error: ClientError): string {
  if (error.reason !== undefined) return error.reason;
  const text = TEXTS.get(error.name) ?? (error.name === "Unknown" ? `${error.code}` : error.name);
  const message = `KeeperErrorCode = ${text}`;
  return error.path === null || error.path === "" ? message : `${message} for ${error.path}`;
}
