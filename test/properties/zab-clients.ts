import type { ClientOp, MultiOp } from "../../core/client/operations.ts";
import {
  check,
  close,
  create,
  exists,
  getChildren,
  getData,
  remove,
  setData,
  sync,
} from "../../core/client/ops.ts";
import { watcherId } from "../../core/client/watcher.ts";
import type { Random } from "../../sim/kernel/prng.ts";
import type { ClientProcess } from "../../sim/process/client-process.ts";
import type { World } from "../../sim/world.ts";

const MAX_OUTSTANDING = 8;

/** Clients that do one thing and another, and begin anew when their session is over. */
export class Crowd {
  readonly #world: World;
  readonly #members: readonly Member[];

  constructor(world: World, clients: readonly ClientProcess[], random: Random) {
    this.#world = world;
    this.#members = clients.map((process) => new Member(process, random.split(`${process.id}`)));
  }

  /** Each of them does something, or nothing. */
  act(): void {
    for (const member of this.#members) member.act(this.#world);
  }
}

class Member {
  readonly #process: ClientProcess;
  readonly #random: Random;
  #outstanding = 0;
  /** Requests that it makes as soon as others are answered. */
  #burst = 0;

  constructor(process: ClientProcess, random: Random) {
    this.#process = process;
    this.#random = random;
    process.onDelivery = (delivery) => {
      if (delivery.kind !== "completion") return;
      this.#outstanding = Math.max(0, this.#outstanding - 1);
      if (this.#burst <= 0) return;
      this.#burst--;
      this.#ask();
    };
  }

  act(world: World): void {
    const { client, state, id } = this.#process;
    if (state !== "up") return;
    if (client?.state === "CLOSED") {
      this.#outstanding = 0;
      this.#burst = 0;
      if (this.#random.chance(1, 4)) world.perform({ do: "restart", server: id });
      return;
    }
    if (this.#outstanding >= MAX_OUTSTANDING || !this.#random.chance(1, 3)) return;
    if (this.#random.chance(1, 20)) this.#burst = this.#random.int(1, 10);
    const count = this.#random.pick([1, 1, 1, 2, 4]);
    for (let i = 0; i < count; i++) this.#ask();
  }

  #ask(): void {
    if (this.#process.state !== "up" || this.#process.client?.state === "CLOSED") return;
    this.#outstanding++;
    this.#process.request(this.#op());
  }

  #op(): ClientOp {
    const random = this.#random;
    const watch = random.chance(1, 2) ? watcherId(random.int(1, 3)) : undefined;
    const path = this.#path();
    switch (random.int(0, 19)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return create(path, bytes(random), { mode: "persistent" });
      case 4:
      case 5:
        return create(path, bytes(random), { mode: "ephemeral" });
      case 6:
        return create(path, null, { mode: "persistentSequential", stat: true });
      case 7:
        return create(path, null, { mode: "ephemeralSequential" });
      case 8:
        return create(path, null, { mode: "container" });
      case 9:
      case 10:
      case 11:
        return setData(path, bytes(random), random.pick([-1, -1, 0, 1]));
      case 12:
      case 13:
        return remove(path);
      case 14:
        return exists(path, watch);
      case 15:
        return getData(path, watch);
      case 16:
        return getChildren(path, watch);
      case 17:
        return sync(path);
      case 18:
        return { kind: "multi", ops: Array.from({ length: random.int(1, 4) }, () => this.#part()) };
      default:
        return random.chance(1, 6) ? close() : getData(path);
    }
  }

  #part(): MultiOp {
    const random = this.#random;
    const path = this.#path();
    return random.pick<() => MultiOp>([
      () => create(path, bytes(random)),
      () => create(path, null, { mode: "ephemeral" }),
      () => setData(path, bytes(random)),
      () => remove(path),
      () => check(path, random.pick([-1, -1, 0])),
    ])();
  }

  #path(): string {
    const random = this.#random;
    const top = `/${random.pick(["a", "b", "c", "d"])}`;
    return random.chance(1, 2) ? top : `${top}/${random.pick(["x", "y", "z"])}`;
  }
}

function bytes(random: Random): Uint8Array {
  return Uint8Array.of(random.int(0, 255), random.int(0, 255));
}
