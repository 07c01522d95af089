import { split } from "../config/java-strings.ts";
import type { Acl, Id } from "../wire/records.ts";
import { isAddressPattern, matchesAddress } from "./ip-pattern.ts";
import { base64, sha1 } from "./sha1.ts";
import { bytesOf } from "./text-bytes.ts";

/**
 * Who may do what: permission bits, and the schemes world, auth, digest, ip and super (PrepRequestProcessor.fixupACL,
 * ZooKeeperServer.checkACL, DigestAuthenticationProvider). A provider for sasl is there when it is configured; x509
 * is not, as no connection here has a certificate.
 */

export const PERMS = { READ: 1, WRITE: 2, CREATE: 4, DELETE: 8, ADMIN: 16, ALL: 31 } as const;

export interface AclRules {
  /** `zookeeper.skipACL`: nothing is refused. */
  readonly skipAcl?: boolean;
  /** Whether the SASL provider is configured. */
  readonly sasl?: boolean;
}

/** InvalidACL, or MarshallingError where Java trips over a null. */
export interface AclError {
  readonly err: -114 | -5;
}

const INVALID_ACL: AclError = { err: -114 };
const MARSHALLING: AclError = { err: -5 };

/**
 * Whether somebody with these identities has one of the bits of `perm` (`ZooKeeperServer.checkACL`). Any entry that
 * matches grants, none denies, and an empty list is open to all.
 */
export function permits(
  acl: readonly Acl[],
  perm: number,
  identities: readonly Id[],
  rules: AclRules = {},
): boolean {
  if (rules.skipAcl === true || acl.length === 0) return true;
  for (const entry of acl) {
    if ((entry.perms & perm) === 0) continue;
    if (entry.id.scheme === "world" && entry.id.id === "anyone") return true;
    if (identities.some((identity) => matches(identity, entry.id, rules))) return true;
  }
  return identities.some((identity) => identity.scheme === "super");
}

/**
 * The ACL list of a create or setACL as it will be stored (`PrepRequestProcessor.fixupACL`): without duplicates, and
 * with each entry of scheme `auth` replaced by the identities that can vouch for their user.
 */
export function fixupAcl(
  acl: readonly (Acl | null)[] | null,
  identities: readonly Id[],
  rules: AclRules = {},
): readonly Acl[] | AclError {
  const unique = withoutDuplicates(acl ?? []);
  if (unique === undefined) return MARSHALLING;
  if (unique.length === 0) return INVALID_ACL;
  const fixed: Acl[] = [];
  for (const entry of unique) {
    if (entry === null || entry.id.scheme === null) return INVALID_ACL;
    const error = fixupEntry(entry, entry.id.scheme, identities, rules, fixed);
    if (error !== undefined) return error;
  }
  return fixed;
}

/** What getACL shows to those without ADMIN: `user:x` instead of the hash of a password. */
export function hideDigests(acl: readonly Acl[]): readonly Acl[] {
  return acl.map((entry) =>
    entry.id.scheme === "digest" && entry.id.id !== null
      ? { perms: entry.perms, id: { scheme: "digest", id: withoutHash(entry.id.id) } }
      : entry,
  );
}

/** The identity that `user:password` gives (`generateDigest`): the user, a colon, the hash of the whole text. */
export function digestId(userAndPassword: string): string {
  const colon = userAndPassword.indexOf(":");
  const user = colon === -1 ? userAndPassword : userAndPassword.slice(0, colon);
  return `${user}:${base64(sha1(bytesOf(userAndPassword)))}`;
}

/** Appends what becomes of one entry to `fixed`, or tells what is wrong with it. */
function fixupEntry(
  entry: Acl,
  scheme: string,
  identities: readonly Id[],
  rules: AclRules,
  fixed: Acl[],
): AclError | undefined {
  if (scheme === "auth") {
    const vouched = identities.filter((identity) => isAuthenticated(identity, rules));
    for (const id of vouched) fixed.push({ perms: entry.perms, id });
    return vouched.length === 0 ? INVALID_ACL : undefined;
  }
  const { id } = entry.id;
  if (!isKnownScheme(scheme, rules)) return INVALID_ACL;
  if (id === null) return MARSHALLING;
  if (!isValidId(scheme, id)) return INVALID_ACL;
  fixed.push(entry);
  return undefined;
}

/** Whether an ACL may have entries of the scheme at all: `world`, or there is a provider. */
function isKnownScheme(scheme: string, rules: AclRules): boolean {
  if (scheme === "world" || scheme === "digest" || scheme === "ip") return true;
  return scheme === "sasl" && rules.sasl === true;
}

/** `isValid` of the scheme's provider. */
function isValidId(scheme: string, id: string): boolean {
  if (scheme === "world") return id === "anyone";
  // Two parts, where Java drops empty ones at the end.
  if (scheme === "digest") return split(id, ":").length === 2;
  if (scheme === "ip") return isAddressPattern(id);
  // A name, or name/host@realm (KerberosName).
  return !id.includes("@") || /^[^/@]*(?:\/[^/@]*)?@[^/@]*$/.test(id);
}

function isAuthenticated(identity: Id, rules: AclRules): boolean {
  return identity.scheme === "digest" || (identity.scheme === "sasl" && rules.sasl === true);
}

function matches(identity: Id, pattern: Id, rules: AclRules): boolean {
  if (identity.scheme !== pattern.scheme || identity.id === null || pattern.id === null) {
    return false;
  }
  if (pattern.scheme === "ip") return matchesAddress(identity.id, pattern.id);
  return isAuthenticated(pattern, rules) && identity.id === pattern.id;
}

/** `replaceAll(":.*", ":x")`; Java's dot stops at more line ends than JavaScript's. */
function withoutHash(id: string): string {
  return id.replace(/:[^\n\r\u0085\u2028\u2029]*/g, ":x");
}

/** Undefined where the comparison of two entries meets a null, which in Java is a NullPointerException. */
function withoutDuplicates(acl: readonly (Acl | null)[]): readonly (Acl | null)[] | undefined {
  const unique: (Acl | null)[] = [];
  for (const entry of acl) {
    let isNew = true;
    for (const other of unique) {
      const same = isSame(entry, other);
      if (same === undefined) return undefined;
      if (same) {
        isNew = false;
        break;
      }
    }
    if (isNew) unique.push(entry);
  }
  return unique;
}

/** `ACL.equals`, asked of `a`, which must not hold a null in what is compared. */
function isSame(a: Acl | null, b: Acl | null): boolean | undefined {
  if (a === null || b === null) return a === b;
  if (a.perms !== b.perms) return false;
  if (a.id.scheme === null) return undefined;
  if (a.id.scheme !== b.id.scheme) return false;
  return a.id.id === null ? undefined : a.id.id === b.id.id;
}
