/** How a znode is created (CreateMode), with the flag that goes over the wire. */
export const CREATE_MODES = {
  persistent: 0,
  ephemeral: 1,
  persistentSequential: 2,
  ephemeralSequential: 3,
  container: 4,
  persistentTTL: 5,
  persistentSequentialTTL: 6,
} as const;

export type CreateModeName = keyof typeof CREATE_MODES;

/** The longest time to live that a znode can have: 40 bits of milliseconds (EphemeralType.TTL). */
export const MAX_TTL_MS = 1_099_511_627_775;

const JAVA_NAMES: Readonly<Record<CreateModeName, string>> = {
  persistent: "PERSISTENT",
  ephemeral: "EPHEMERAL",
  persistentSequential: "PERSISTENT_SEQUENTIAL",
  ephemeralSequential: "EPHEMERAL_SEQUENTIAL",
  container: "CONTAINER",
  persistentTTL: "PERSISTENT_WITH_TTL",
  persistentSequentialTTL: "PERSISTENT_SEQUENTIAL_WITH_TTL",
};

export function isSequential(mode: CreateModeName): boolean {
  return (
    mode === "persistentSequential" ||
    mode === "ephemeralSequential" ||
    mode === "persistentSequentialTTL"
  );
}

export function isTtl(mode: CreateModeName): boolean {
  return mode === "persistentTTL" || mode === "persistentSequentialTTL";
}

/** What is wrong with a mode and a time to live, if anything is (EphemeralType.validateTTL). */
export function ttlProblem(mode: CreateModeName, ttl: number | undefined): string | undefined {
  if (!isTtl(mode)) {
    return ttl !== undefined && ttl >= 0
      ? `ttl not valid for mode: ${JAVA_NAMES[mode]}`
      : undefined;
  }
  return ttl === undefined || ttl > MAX_TTL_MS || ttl <= 0
    ? `ttl must be positive and cannot be larger than: ${MAX_TTL_MS}`
    : undefined;
}
