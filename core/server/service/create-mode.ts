/** The flags of a create (CreateMode). */
export interface CreateMode {
  readonly isEphemeral: boolean;
  readonly isSequential: boolean;
  readonly isContainer: boolean;
  readonly isTTL: boolean;
}

const PLAIN: CreateMode = {
  isEphemeral: false,
  isSequential: false,
  isContainer: false,
  isTTL: false,
};

const MODES: readonly CreateMode[] = [
  PLAIN,
  { ...PLAIN, isEphemeral: true },
  { ...PLAIN, isSequential: true },
  { ...PLAIN, isEphemeral: true, isSequential: true },
  { ...PLAIN, isContainer: true },
  { ...PLAIN, isTTL: true },
  { ...PLAIN, isTTL: true, isSequential: true },
];

/** Undefined for flags that no mode has. */
export function createMode(flags: number): CreateMode | undefined {
  return MODES[flags];
}
