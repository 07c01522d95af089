import type { ServiceTimer } from "./service-port.ts";
import type { Service, ServiceContext } from "./state.ts";

/**
 * Timers that follow the first deadline of a queue. Deadlines mostly move away while they are watched, so a timer that
 * is set stays as it is, finds nothing when it goes off too early, and is set anew then.
 */
export function arm(
  ctx: ServiceContext,
  service: Service,
  timer: ServiceTimer,
  deadline: number | undefined,
): void {
  if (deadline === undefined) return;
  const armed = service.armed.get(timer);
  if (armed !== undefined && armed <= deadline) return;
  service.armed.set(timer, deadline);
  ctx.port.setTimer(timer, Math.max(0, deadline - ctx.port.now()));
}

/** The timer went off. */
export function disarm(service: Service, timer: ServiceTimer): void {
  service.armed.delete(timer);
}
