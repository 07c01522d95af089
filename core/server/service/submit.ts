import type { ClientRequest } from "./client-request.ts";
import type { Service, ServiceContext } from "./state.ts";

/** A request enters the pipeline of the server's role (ZooKeeperServer.submitRequest). */
export function submit(ctx: ServiceContext, service: Service, request: ClientRequest): void {
  if (request.connection !== undefined) service.inProcess++;
  ctx.pipeline.submit(ctx, service, request);
}
