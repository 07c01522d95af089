import { type ClientError, formatClientError } from "../../core/client/client-error.ts";
import type { OpResult } from "../../core/client/operations.ts";
import type { ErrorName } from "../../core/wire/error-codes.ts";

/**
 * What a promise of the client is rejected with: one class for each error of ZooKeeper (KeeperException), with its
 * number in `code`, and the path that it is about.
 */
export class ZooKeeperError extends Error {
  readonly code: number;
  readonly path: string | null;

  constructor(error: ClientError) {
    super(formatClientError(error));
    this.name = new.target.name;
    this.code = error.code;
    this.path = error.path;
  }
}

/** The argument can't be right, and nothing was sent (Java's IllegalArgumentException). */
export class IllegalArgumentError extends ZooKeeperError {}

export class SystemError extends ZooKeeperError {}
/** An operation of a multi that was not tried, since one before it failed. */
export class RuntimeInconsistencyError extends ZooKeeperError {}
export class DataInconsistencyError extends ZooKeeperError {}
/** The connection went. Whether a write has happened is not known. */
export class ConnectionLossError extends ZooKeeperError {}
export class MarshallingError extends ZooKeeperError {}
export class UnimplementedError extends ZooKeeperError {}
export class OperationTimeoutError extends ZooKeeperError {}
export class BadArgumentsError extends ZooKeeperError {}
export class UnknownSessionError extends ZooKeeperError {}
export class NewConfigNoQuorumError extends ZooKeeperError {}
export class ReconfigInProgressError extends ZooKeeperError {}
export class ApiError extends ZooKeeperError {}
export class NoNodeError extends ZooKeeperError {}
export class NoAuthError extends ZooKeeperError {}
export class BadVersionError extends ZooKeeperError {}
export class NoChildrenForEphemeralsError extends ZooKeeperError {}
export class NodeExistsError extends ZooKeeperError {}
export class NotEmptyError extends ZooKeeperError {}
/** The session is over, and its ephemeral znodes are gone. Connect anew. */
export class SessionExpiredError extends ZooKeeperError {}
export class InvalidCallbackError extends ZooKeeperError {}
export class InvalidACLError extends ZooKeeperError {}
export class AuthFailedError extends ZooKeeperError {}
export class SessionMovedError extends ZooKeeperError {}
export class NotReadOnlyError extends ZooKeeperError {}
export class EphemeralOnLocalSessionError extends ZooKeeperError {}
export class NoWatcherError extends ZooKeeperError {}
export class RequestTimeoutError extends ZooKeeperError {}
export class ReconfigDisabledError extends ZooKeeperError {}
export class SessionClosedRequireSaslAuthError extends ZooKeeperError {}
export class QuotaExceededError extends ZooKeeperError {}
export class ThrottledOpError extends ZooKeeperError {}

/** By the names of the codes. `Ok` is no error, and never thrown. */
export const ERROR_CLASSES: Readonly<
  Record<Exclude<ErrorName, "Ok">, new (error: ClientError) => ZooKeeperError>
> = {
  SystemError,
  RuntimeInconsistency: RuntimeInconsistencyError,
  DataInconsistency: DataInconsistencyError,
  ConnectionLoss: ConnectionLossError,
  MarshallingError,
  Unimplemented: UnimplementedError,
  OperationTimeout: OperationTimeoutError,
  BadArguments: BadArgumentsError,
  UnknownSession: UnknownSessionError,
  NewConfigNoQuorum: NewConfigNoQuorumError,
  ReconfigInProgress: ReconfigInProgressError,
  ApiError,
  NoNode: NoNodeError,
  NoAuth: NoAuthError,
  BadVersion: BadVersionError,
  NoChildrenForEphemerals: NoChildrenForEphemeralsError,
  NodeExists: NodeExistsError,
  NotEmpty: NotEmptyError,
  SessionExpired: SessionExpiredError,
  InvalidCallback: InvalidCallbackError,
  InvalidACL: InvalidACLError,
  AuthFailed: AuthFailedError,
  SessionMoved: SessionMovedError,
  NotReadOnly: NotReadOnlyError,
  EphemeralOnLocalSession: EphemeralOnLocalSessionError,
  NoWatcher: NoWatcherError,
  RequestTimeout: RequestTimeoutError,
  ReconfigDisabled: ReconfigDisabledError,
  SessionClosedRequireSaslAuth: SessionClosedRequireSaslAuthError,
  QuotaExceeded: QuotaExceededError,
  ThrottledOp: ThrottledOpError,
};

/** The error as its class. A multi's has the results of all its operations (KeeperException.getResults). */
export function toError(error: ClientError): ZooKeeperError {
  const thrown = make(error);
  return error.results === undefined ? thrown : Object.assign(thrown, { results: error.results });
}

/** The entries of a multi that failed, if this is the error of one. */
export function multiResults(error: unknown): readonly OpResult[] | undefined {
  if (!(error instanceof ZooKeeperError) || !("results" in error)) return undefined;
  return error.results as readonly OpResult[];
}

function make(error: ClientError): ZooKeeperError {
  if (error.name === "IllegalArgument") return new IllegalArgumentError(error);
  if (error.name === "Unknown" || error.name === "Ok") return new ZooKeeperError(error);
  return new ERROR_CLASSES[error.name](error);
}
