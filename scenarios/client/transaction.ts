import type { CreateOptions } from "../../core/client/ops.ts";
import * as ops from "../../core/client/ops.ts";
import type { MultiOp, OpResult } from "../../core/client/operations.ts";
import { type DataInput, toBytes } from "./node-data.ts";

/** Writes that happen all together or not at all (Transaction): `await zk.transaction().create("/a").commit()`. */
export class Transaction {
  readonly #commit: (ops: readonly MultiOp[]) => Promise<readonly OpResult[]>;
  readonly #ops: MultiOp[] = [];

  constructor(commit: (ops: readonly MultiOp[]) => Promise<readonly OpResult[]>) {
    this.#commit = commit;
  }

  create(path: string, data: DataInput = null, options: CreateOptions = {}): this {
    this.#ops.push(ops.create(path, toBytes(data), options));
    return this;
  }

  delete(path: string, version = ops.ANY_VERSION): this {
    this.#ops.push(ops.remove(path, version));
    return this;
  }

  set(path: string, data: DataInput, version = ops.ANY_VERSION): this {
    this.#ops.push(ops.setData(path, toBytes(data), version));
    return this;
  }

  check(path: string, version: number): this {
    this.#ops.push(ops.check(path, version));
    return this;
  }

  commit(): Promise<readonly OpResult[]> {
    return this.#commit([...this.#ops]);
  }
}
