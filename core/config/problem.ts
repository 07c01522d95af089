/**
 * Why a configuration was refused, as data for people's messages: ZooKeeper's exception text names neither the
 * key nor the line. `describe-errors.ts` turns it into a sentence.
 */

/** Where in which file: `line` counts from 1 and is the line where the key's last occurrence begins. */
export interface Place {
  readonly file: string;
  readonly key?: string;
  readonly line?: number;
}

export type Problem = Place & Reason;

export type Reason =
  | { readonly kind: "file-missing" }
  | { readonly kind: "malformed-escape" }
  | { readonly kind: "not-a-number"; readonly text: string; readonly expected: NumberKind }
  | { readonly kind: "not-a-boolean"; readonly text: string }
  | { readonly kind: "path-too-short"; readonly text: string }
  | { readonly kind: "election-algorithm"; readonly text: string }
  | { readonly kind: "peer-type"; readonly text: string }
  | { readonly kind: "belongs-in-dynamic-file"; readonly dynamicFile: string }
  | { readonly kind: "unknown-in-dynamic-file" }
  | { readonly kind: "version-in-dynamic-file" }
  | { readonly kind: "sasl-needs"; readonly other: string }
  | { readonly kind: "data-dir-unset" }
  | { readonly kind: "tick-time-unset" }
  | { readonly kind: "limit-unset"; readonly voters: number }
  | { readonly kind: "port-unset"; readonly portKey: string }
  | { readonly kind: "port-out-of-range"; readonly port: number }
  | { readonly kind: "unknown-host"; readonly host: string }
  | { readonly kind: "no-auth-provider"; readonly scheme: string }
  | { readonly kind: "session-timeouts"; readonly min: number; readonly max: number }
  | { readonly kind: "metrics-provider"; readonly className: string }
  | { readonly kind: "server-line-form"; readonly text: string }
  | { readonly kind: "several-addresses" }
  | { readonly kind: "mixed-roles" }
  | { readonly kind: "same-ports"; readonly port: number }
  | { readonly kind: "no-group"; readonly server: string }
  | { readonly kind: "several-groups"; readonly server: string }
  | { readonly kind: "group-without-weight"; readonly servers: readonly string[] }
  | { readonly kind: "no-participants"; readonly observers: number; readonly standalone: boolean }
  | { readonly kind: "observers-without-quorum"; readonly observers: number }
  | { readonly kind: "myid-missing"; readonly voters: number; readonly isUnsetValue: boolean }
  | { readonly kind: "myid-not-a-number"; readonly text: string | null }
  | { readonly kind: "client-address"; readonly fixed: string; readonly fromServerLine: string };

/** Java's `int`, `long`, and a `long` in base 16. */
export type NumberKind = "int" | "long" | "hex-long";
