import type { Action, ServerRef } from "../sim/action.ts";
import type { World } from "../sim/world.ts";

/**
 * Cuts every link between different groups, and mends those within one, where there are clients: a server that is in no
 * group is alone, but a client that is in none keeps the links that it has. The world's own partition makes no such
 * difference, so that links are cut and mended one by one. Gives what is in the way, and then nothing has been done.
 */
export function partition(
  world: World,
  named: readonly (readonly ServerRef[])[],
): string | undefined {
  const leader = world.leader?.id;
  if (leader === undefined && named.flat().includes("leader")) return "no server leads";
  const groups = named.map((group) =>
    group.map((ref): number => (ref === "leader" ? (leader ?? -1) : ref)),
  );
  for (const action of actionsOf(world, groups)) {
    const problem = world.perform(action);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function actionsOf(world: World, groups: readonly (readonly number[])[]): readonly Action[] {
  const placed = new Set(groups.flat());
  if (world.clients.every(({ id }) => placed.has(id))) return [{ do: "partition", groups }];
  const servers = [
    ...world.processes.map(({ id }) => id as number),
    ...(world.standalone === undefined ? [] : [world.standalone.id as number]),
  ];
  const alone = servers.filter((id) => !placed.has(id)).map((id) => [id]);
  const islands = [...groups, ...alone];
  return islands.flatMap((from, i) =>
    islands
      .slice(i)
      .map((to, k) => ({ do: k === 0 ? ("mend" as const) : ("cut" as const), from, to })),
  );
}
