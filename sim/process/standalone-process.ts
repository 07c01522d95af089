import type { ServerId } from "../../core/ids.ts";
import type { ServiceConfig } from "../../core/server/service/config.ts";
import { newService, stepService } from "../../core/server/service/service.ts";
import type { ServiceInput } from "../../core/server/service/service-port.ts";
import { standaloneContext } from "../../core/server/service/standalone.ts";
import type { Service, ServiceContext } from "../../core/server/service/state.ts";
import type { ServiceDisk } from "../disk/service-disk.ts";
import type { Random } from "../kernel/prng.ts";
import { RECORD } from "../records.ts";
import type { ClockSpec } from "./clock.ts";
import { type ServingHost, ServingProcess } from "./serving-process.ts";

/** What a standalone server's process is built from. */
export interface StandaloneProcessSpec {
  readonly node: number;
  readonly id: ServerId;
  readonly config: ServiceConfig;
  readonly clock: ClockSpec;
  /** Whether messages to and from clients are read from bytes. */
  readonly codec: boolean;
}

/** The process of a standalone server. */
export class StandaloneProcess extends ServingProcess {
  readonly id: ServerId;
  /** The server's memory, while there is a process. */
  service: Service | undefined;
  readonly #context: ServiceContext;
  /** When it last started, in ms of its clock. */
  #startedMs = Number.NEGATIVE_INFINITY;

  constructor(spec: StandaloneProcessSpec, host: ServingHost, disk: ServiceDisk, random: Random) {
    super({ ...spec, firstTimer: 0 }, host, disk, random);
    this.id = spec.id;
    this.#context = standaloneContext(spec.config, this);
  }

  /**
   * Session ids begin at the millisecond of the start, so two starts in one would give two clients the same session.
   * No real process is as quick as that.
   */
  override get bootProblem(): string | undefined {
    return Math.floor(this.now()) === this.#startedMs
      ? `server ${this.id} started in this very millisecond, and no process starts twice in one`
      : undefined;
  }

  /** It dials nobody. */
  connected(): void {}

  dialFailed(): void {}

  protected started(): void {
    this.#startedMs = Math.floor(this.now());
    const { extendedTypes, trustEmptySnapshot } = this.#context.config;
    const recovery = this.recovered({ extendedTypes, trustEmptySnapshot });
    if (recovery === undefined) return;
    this.service = newService(this.#context, recovery);
    const { trace } = this.kernel;
    if (trace.on) {
      const record = trace.begin(RECORD.serviceStarted, this.node);
      record.zxid(recovery.database.tree.lastProcessedZxid).int(recovery.replayed).end();
    }
    this.listen("client");
    this.serve({ kind: "boot" });
    this.changed();
  }

  protected override ended(): void {
    this.service = undefined;
    super.ended();
  }

  protected serve(input: ServiceInput): void {
    if (this.service !== undefined) stepService(this.#context, this.service, input);
  }
}
