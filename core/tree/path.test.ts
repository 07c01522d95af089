import { expect, test } from "vitest";
import { isSpecialPath, nodeName, parentOf, validatePath } from "./path.ts";

/** What PathUtils of 3.8.0 says; `undefined` for a valid path. */
const INVALID: readonly (readonly [path: string, message: string])[] = [
  ["", "Path length must be > 0"],
  ["a", "Path must start with / character"],
  ["a/", "Path must start with / character"],
  ["/a/", "Path must not end with / character"],
  ["//", "Path must not end with / character"],
  ["/a\0b", 'Invalid path string "/a\0b" caused by null character not allowed @2'],
  ["//a", 'Invalid path string "//a" caused by empty node name specified @1'],
  ["/a//b", 'Invalid path string "/a//b" caused by empty node name specified @3'],
  ["/.", 'Invalid path string "/." caused by relative paths not allowed @1'],
  ["/..", 'Invalid path string "/.." caused by relative paths not allowed @2'],
  ["/a/./b", 'Invalid path string "/a/./b" caused by relative paths not allowed @3'],
  ["/a/../b", 'Invalid path string "/a/../b" caused by relative paths not allowed @4'],
  ["/\u0001", 'Invalid path string "/\u0001" caused by invalid character @1'],
  ["/a\u001f", 'Invalid path string "/a\u001f" caused by invalid character @2'],
  ["/\u007f", 'Invalid path string "/\u007f" caused by invalid character @1'],
  ["/\u009f", 'Invalid path string "/\u009f" caused by invalid character @1'],
  ["/\ud83d\ude00", 'Invalid path string "/\ud83d\ude00" caused by invalid character @1'],
  ["/\uf8ff", 'Invalid path string "/\uf8ff" caused by invalid character @1'],
  ["/\ufff0", 'Invalid path string "/\ufff0" caused by invalid character @1'],
  ["/\uffff", 'Invalid path string "/\uffff" caused by invalid character @1'],
  // The first from the left is told.
  ["/a//\0", 'Invalid path string "/a//\0" caused by empty node name specified @3'],
  ["/\0//", "Path must not end with / character"],
];

test.each(INVALID)("%j is not a path", (path, message) => {
  expect(validatePath(path, false)).toBe(message);
});

test.each(["/", "/a", "/a/b", "/...", "/a.", "/.a", "/a..b", "/.../x", "/ ", "/a b", "/\u00a0"])(
  "%j is a path",
  (path) => {
    expect(validatePath(path, false)).toBeUndefined();
  },
);

test.each(["/\ud7ff", "/\uf900", "/\uffef", "/\u0020"])("%j borders on the forbidden", (path) => {
  expect(validatePath(path, false)).toBeUndefined();
});

test("a sequential create is judged with a digit behind it", () => {
  expect(validatePath("/a/", true)).toBeUndefined();
  expect(validatePath("/", true)).toBeUndefined();
  expect(validatePath("/a/.", true)).toBeUndefined();
  expect(validatePath("", true)).toBe("Path must start with / character");
});

test("a null path", () => {
  expect(validatePath(null, false)).toBe("Path cannot be null");
  expect(validatePath(null, true)).toBe("Path must start with / character");
});

test("a path comes apart at its last slash, and the root's children have the parent that is empty", () => {
  expect([parentOf("/a/b"), nodeName("/a/b")]).toEqual(["/a", "b"]);
  expect([parentOf("/a"), nodeName("/a")]).toEqual(["", "a"]);
  expect([parentOf("/"), nodeName("/")]).toEqual(["", ""]);
});

test("four nodes cannot be deleted", () => {
  const special = ["/", "/zookeeper", "/zookeeper/quota", "/zookeeper/config"];
  expect(special.filter(isSpecialPath)).toEqual(special);
  expect(["", "/a", "/zookeeper/quota/a"].filter(isSpecialPath)).toEqual([]);
});
