import type { Action, ServerRef } from "../sim/action.ts";
import type { World } from "../sim/world.ts";

/**
 * What a partition does where there are clients: a server that is in no group is alone, but a client that is in none
 * keeps the links that it has. The world's own partition makes no such difference, so that links are cut and mended one
 * by one.
 */
export function partition(
  world: World,
  named: readonly (readonly ServerRef[])[],
): readonly Action[] {
  const leader = world.leader?.id;
  const groups = named.map((group) =>
    group.map((ref): number => (ref === "leader" ? (leader ?? -1) : ref)),
  );
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
