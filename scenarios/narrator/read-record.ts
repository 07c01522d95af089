import type { FieldValue, TraceRecord } from "../../sim/kernel/trace.ts";

/** Fields of a record by their type: a record that lacks one is none that this program wrote. */

export function numberIn(record: TraceRecord, field: string): number {
  const value = record.fields[field];
  if (typeof value !== "number") throw unexpected(record, field, value);
  return value;
}

/** A server, or null for nobody. */
export function serverIn(record: TraceRecord, field: string): number | null {
  const value = record.fields[field];
  if (typeof value !== "number" && value !== null) throw unexpected(record, field, value);
  return value;
}

export function textIn(record: TraceRecord, field: string): string {
  const value = record.fields[field];
  if (typeof value !== "string") throw unexpected(record, field, value);
  return value;
}

export function serversIn(record: TraceRecord, field: string): readonly number[] {
  const value = record.fields[field];
  if (typeof value !== "object" || value === null) throw unexpected(record, field, value);
  return value;
}

export function flagIn(record: TraceRecord, field: string): boolean {
  const value = record.fields[field];
  if (typeof value !== "boolean") throw unexpected(record, field, value);
  return value;
}

function unexpected(record: TraceRecord, field: string, value: FieldValue | undefined): Error {
  return new TypeError(
    `record ${record.index} (${record.kind}) has ${JSON.stringify(value)} in its field ${field}`,
  );
}
