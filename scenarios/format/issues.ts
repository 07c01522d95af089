import type { z } from "zod";
import { didYouMean, nearest } from "./nearest.ts";
import { formatPath, type ScenarioProblem, shown } from "./problem.ts";

/**
 * Turns what zod found into problems for people. The schema's errors say what is expected (fields.ts); here come
 * the place, what was found, the nearest valid name, and, where several forms are possible, the one that was meant.
 */

type Issue = z.core.$ZodIssue;

export function problemsOf(issues: readonly Issue[], data: unknown): ScenarioProblem[] {
  const problems = explainAll(issues, [], data);
  const seen = new Set<string>();
  return problems.filter(({ path, message }) => {
    const key = `${path}: ${message}`;
    return seen.has(key) ? false : seen.add(key);
  });
}

/** Where a field is misspelt, that it is missing as well, or leaves nothing, needs not be said. */
function explainAll(
  issues: readonly Issue[],
  above: readonly PropertyKey[],
  data: unknown,
): ScenarioProblem[] {
  const misspelt = new Map<string, Set<string>>();
  for (const issue of issues) {
    if (issue.code !== "unrecognized_keys") continue;
    const known = issue.message.split(",");
    const meant = issue.keys.map((key) => nearest(key, known) ?? key);
    misspelt.set(formatPath(issue.path), new Set(meant));
  }
  return issues
    .filter((issue) => {
      if (issue.code === "custom") return !misspelt.has(formatPath(issue.path));
      if (valueAt(data, [...above, ...issue.path]) !== undefined) return true;
      const meant = misspelt.get(formatPath(issue.path.slice(0, -1)));
      // In one of several forms, the misspelt field may have been to tell which.
      const isForm = above.length > 0 && issue.path.length === 1;
      return meant === undefined || !(isForm || meant.has(String(issue.path.at(-1))));
    })
    .flatMap((issue) => explain(issue, above, data));
}

function explain(issue: Issue, above: readonly PropertyKey[], data: unknown): ScenarioProblem[] {
  const path = [...above, ...issue.path];
  const found = valueAt(data, path);
  if (issue.code === "unrecognized_keys") {
    return unknownFields(path, issue.keys, issue.message.split(","));
  }
  if (issue.code === "invalid_union") return explainUnion(issue, path, data);
  if (issue.code === "invalid_key") {
    return issue.issues.slice(0, 1).map((key) => ({
      path: formatPath(path.slice(0, -1)),
      message: `expected ${key.message}, got ${shown(path.at(-1))}.`,
    }));
  }
  return [problem(path, issue, found)];
}

function problem(path: readonly PropertyKey[], issue: Issue, found: unknown): ScenarioProblem {
  const options = issue.code === "invalid_value" ? issue.values.map(String) : [];
  const hint = typeof found === "string" ? didYouMean(found, options) : "";
  const got = found === undefined ? "but it is missing" : `got ${shown(found)}`;
  return { path: formatPath(path), message: `expected ${issue.message}, ${got}.${hint}` };
}

function unknownFields(
  path: readonly PropertyKey[],
  unknown: readonly string[],
  known: readonly string[],
): ScenarioProblem[] {
  return unknown.map((key) => {
    // It is a field of another form of the same thing.
    if (known.includes(key)) {
      return {
        path: formatPath([...path, key]),
        message: "does not go with the other fields here.",
      };
    }
    const hint = didYouMean(key, known) || ` The fields here are ${known.join(", ")}.`;
    return { path: formatPath([...path, key]), message: `there is no such field.${hint}` };
  });
}

function explainUnion(
  issue: z.core.$ZodIssueInvalidUnion,
  path: readonly PropertyKey[],
  data: unknown,
): ScenarioProblem[] {
  const found = valueAt(data, path);
  const options =
    "options" in issue && Array.isArray(issue.options) ? issue.options.map(String) : [];
  if (options.length > 0) {
    const hint = typeof found === "string" ? didYouMean(found, options) : "";
    const got = found === undefined ? "but it is missing" : `got ${shown(found)}`;
    return [
      { path: formatPath(path), message: `expected one of ${options.join(", ")}, ${got}.${hint}` },
    ];
  }
  const fitting = issue.errors.filter((branch) => !branch.some(isOtherType));
  const meant = nearestBranch(fitting);
  if (meant === undefined) {
    const text = found === undefined ? "but it is missing" : `got ${shown(found)}`;
    return [{ path: formatPath(path), message: `expected ${issue.message}, ${text}.` }];
  }
  const known = issue.errors.flatMap((branch) => branch.flatMap(knownFields));
  const unknown = meant.find(
    (inner) => inner.code === "unrecognized_keys" && inner.path.length === 0,
  );
  if (unknown?.code !== "unrecognized_keys") return explainAll(meant, path, data);
  const message = [...new Set(known)].join(",");
  return explainAll(
    meant.map((inner) => (inner === unknown ? { ...unknown, message } : inner)),
    path,
    data,
  );
}

function knownFields(issue: Issue): string[] {
  const isHere = issue.code === "unrecognized_keys" && issue.path.length === 0;
  return isHere ? issue.message.split(",") : [];
}

/** The value is not of this form at all: a text where an object was asked for, or the reverse. */
function isOtherType(issue: Issue): boolean {
  if (issue.path.length > 0) return false;
  if (issue.code === "invalid_union") {
    return issue.errors.every((branch) => branch.some(isOtherType));
  }
  return issue.code === "invalid_type" || issue.code === "invalid_value";
}

/** The form with the fewest differences; with as many each, the first. */
function nearestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  let best: readonly Issue[] | undefined;
  let fewest = Infinity;
  for (const branch of branches) {
    let differences = 0;
    for (const issue of branch) {
      // A field that belongs to another form tells more than one that is missing from this.
      differences += issue.code === "unrecognized_keys" ? 10 * issue.keys.length : 1;
      if (issue.path.length === 0 && issue.code !== "unrecognized_keys") differences += 5;
    }
    if (differences < fewest) {
      fewest = differences;
      best = branch;
    }
  }
  return best;
}

function valueAt(data: unknown, path: readonly PropertyKey[]): unknown {
  let value = data;
  for (const part of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as { readonly [key: PropertyKey]: unknown })[part];
  }
  return value;
}
