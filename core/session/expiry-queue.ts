/**
 * Deadlines in buckets of a fixed width (ExpiryQueue): sessions wait in it for their timeout, connections for their
 * idle time. A deadline is rounded up to the next boundary, so whoever is touched within one bucket costs nothing,
 * and a sweep takes a bucket as a whole. Boundaries are multiples of the interval on the server's monotonic clock.
 */
export interface ExpiryQueue<K> {
  readonly intervalMs: number;
  readonly deadlines: Map<K, number>;
  /** By deadline; within a bucket by the order in which they came into it. */
  readonly buckets: Map<number, Set<K>>;
}

export function newExpiryQueue<K>(intervalMs: number): ExpiryQueue<K> {
  return { intervalMs, deadlines: new Map(), buckets: new Map() };
}

/** The boundary strictly after a time (roundToNextInterval). */
export function nextInterval(queue: ExpiryQueue<unknown>, timeMs: number): number {
  return (Math.floor(timeMs / queue.intervalMs) + 1) * queue.intervalMs;
}

/** Adds or moves an element, and gives its deadline (update). */
export function updateExpiry<K>(
  queue: ExpiryQueue<K>,
  element: K,
  nowMs: number,
  timeoutMs: number,
): number {
  const deadline = nextInterval(queue, nowMs + timeoutMs);
  if (queue.deadlines.get(element) === deadline) return deadline;
  removeExpiry(queue, element);
  queue.deadlines.set(element, deadline);
  const bucket = queue.buckets.get(deadline);
  if (bucket === undefined) queue.buckets.set(deadline, new Set([element]));
  else bucket.add(element);
  return deadline;
}

export function removeExpiry<K>(queue: ExpiryQueue<K>, element: K): void {
  const deadline = queue.deadlines.get(element);
  if (deadline === undefined) return;
  queue.deadlines.delete(element);
  const bucket = queue.buckets.get(deadline);
  bucket?.delete(element);
  if (bucket?.size === 0) queue.buckets.delete(deadline);
}

/** The deadline of the first bucket, or undefined if the queue is empty. */
export function nextDeadline(queue: ExpiryQueue<unknown>): number | undefined {
  let first: number | undefined;
  for (const deadline of queue.buckets.keys()) {
    if (first === undefined || deadline < first) first = deadline;
  }
  return first;
}

/** Takes out everything whose deadline has come, bucket by bucket (poll). */
export function pollExpired<K>(queue: ExpiryQueue<K>, nowMs: number): readonly K[] {
  const due = [...queue.buckets.keys()]
    .filter((deadline) => deadline <= nowMs)
    .sort((a, b) => a - b);
  const expired: K[] = [];
  for (const deadline of due) {
    for (const element of queue.buckets.get(deadline) ?? []) {
      queue.deadlines.delete(element);
      expired.push(element);
    }
    queue.buckets.delete(deadline);
  }
  return expired;
}
