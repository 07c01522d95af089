/** Paths of znodes and the rules for them (PathUtils). All positions are those of UTF-16 code units, as in Java. */

export const ROOT = "/";
export const PROC = "/zookeeper";
export const QUOTA = "/zookeeper/quota";
export const CONFIG = "/zookeeper/config";

const NUL = 0x00;
const DOT = 0x2e;
const SLASH = 0x2f;

/**
 * Undefined for a valid path, or what `PathUtils.validatePath` says of the first thing wrong with it. The path of a
 * sequential create is judged with a digit behind it, so that it may end with a slash.
 */
export function validatePath(path: string | null, isSequential: boolean): string | undefined {
  // Java's concatenation makes "null1" of a null path.
  if (isSequential) return validate(`${path}1`);
  return path === null ? "Path cannot be null" : validate(path);
}

/** The text before the last slash: "" for a child of the root. `DataTree` calls it parentName. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), 0));
}

/** The text behind the last slash. */
export function nodeName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** `DataTree.isSpecialPath`: the nodes that cannot be deleted. */
export function isSpecialPath(path: string): boolean {
  return path === ROOT || path === PROC || path === QUOTA || path === CONFIG;
}

function validate(path: string): string | undefined {
  if (path.length === 0) return "Path length must be > 0";
  if (path.charCodeAt(0) !== SLASH) return "Path must start with / character";
  if (path.length === 1) return undefined;
  if (path.charCodeAt(path.length - 1) === SLASH) return "Path must not end with / character";
  for (let i = 1; i < path.length; i++) {
    const reason = wrongAt(path, i);
    if (reason !== undefined) return `Invalid path string "${path}" caused by ${reason} @${i}`;
  }
  return undefined;
}

function wrongAt(path: string, i: number): string | undefined {
  const c = path.charCodeAt(i);
  if (c === NUL) return "null character not allowed";
  if (c === SLASH) {
    return path.charCodeAt(i - 1) === SLASH ? "empty node name specified" : undefined;
  }
  if (c === DOT) return endsRelativeSegment(path, i) ? "relative paths not allowed" : undefined;
  return isForbidden(c) ? "invalid character" : undefined;
}

/** Whether the dot at `i` is the last of a segment `.` or `..`. */
function endsRelativeSegment(path: string, i: number): boolean {
  if (i + 1 < path.length && path.charCodeAt(i + 1) !== SLASH) return false;
  const before = path.charCodeAt(i - 1);
  return before === SLASH || (before === DOT && path.charCodeAt(i - 2) === SLASH);
}

/** The controls, the surrogates (so no character beyond the BMP), the private use area and the specials. */
function isForbidden(c: number): boolean {
  return c <= 0x1f || (c >= 0x7f && c <= 0x9f) || (c >= 0xd800 && c <= 0xf8ff) || c >= 0xfff0;
}
