/** The promise client, and what it takes to run it. */
export type { ClientHost, HostedClient } from "./client-host.ts";
export * from "./errors.ts";
export { Ledger } from "./ledger.ts";
export { type DataInput, NodeData } from "./node-data.ts";
export { type Pump, runAsync, type RunAsyncLimits, StalledError } from "./run-async.ts";
export type { Properties } from "./properties.ts";
export type { LatencyOptions } from "./latency.ts";
export type { ServerOptions } from "./servers.ts";
export {
  type Machine,
  type OneWay,
  type Patience,
  type ServerConnectOptions,
  type SimulateOptions,
  simulate,
  Simulation,
} from "./simulate.ts";
export { sleep } from "./sleep.ts";
export { Transaction } from "./transaction.ts";
export { ViolationError } from "./violation-error.ts";
export { Watch, type Watcher, type WatchListener } from "./watch.ts";
export { connect, type ConnectOptions, type ReadOptions, ZooKeeper } from "./zookeeper.ts";
