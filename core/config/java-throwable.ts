/**
 * A Java exception as plain data, and the one thing that the parser throws inside itself. ZooKeeper leaves its
 * parser by an exception at some forty places; a result union at each would hide the order of the checks, which
 * is what has to be reviewed against the Java source. Nothing of this escapes `parseZooCfg`.
 */
import type { Problem } from "./problem.ts";

/** One link of an exception chain: the simple name of the Java class and its message. */
export interface JavaError {
  readonly kind: string;
  readonly message: string;
}

/** What the parser knows about the place and the reason of a failure, beside ZooKeeper's own text. */
export class JavaThrowable extends Error {
  /** Outermost first, as `getCause` would walk it. */
  readonly chain: readonly [JavaError, ...JavaError[]];
  readonly problem: Problem;

  constructor(chain: readonly [JavaError, ...JavaError[]], problem: Problem) {
    super(`${chain[0].kind}: ${chain[0].message}`);
    this.chain = chain;
    this.problem = problem;
  }
}

export function throwJava(kind: string, message: string, problem: Problem): never {
  throw new JavaThrowable([{ kind, message }], problem);
}

/** `QuorumPeerConfig.ConfigException`, which leaves the parser as it is. */
export function throwConfigException(message: string, problem: Problem): never {
  throwJava("ConfigException", message, problem);
}

/** `IllegalArgumentException`, which leaves the parser as the cause of a ConfigException. */
export function throwIllegalArgument(message: string, problem: Problem): never {
  throwJava("IllegalArgumentException", message, problem);
}

/**
 * The two catch clauses of `QuorumPeerConfig.parse`: an IOException or an IllegalArgumentException becomes the
 * cause of "Error processing <file>"; every other exception passes.
 */
export function processing<T>(file: string, body: () => T): T {
  try {
    return body();
  } catch (thrown) {
    if (thrown instanceof JavaThrowable && WRAPPED.has(thrown.chain[0].kind)) {
      const outermost = { kind: "ConfigException", message: `Error processing ${file}` };
      throw new JavaThrowable([outermost, ...thrown.chain], thrown.problem);
    }
    throw thrown;
  }
}

export const ILLEGAL_ARGUMENTS: ReadonlySet<string> = new Set([
  "IllegalArgumentException",
  "NumberFormatException",
]);

const WRAPPED: ReadonlySet<string> = new Set([
  ...ILLEGAL_ARGUMENTS,
  "FileNotFoundException",
  "UnknownHostException",
]);
