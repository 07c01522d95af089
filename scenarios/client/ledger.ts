/**
 * What promises of a simulation wait for. The promise clients write in it, and `runAsync` reads it: whether an event
 * of the simulation woke anybody up, whether somebody asked for something since, and what is still open at the end.
 */
export class Ledger {
  /** Rises whenever a promise is settled, a watcher called, or something new asked for. */
  activity = 0;
  /** How many callbacks of the program there are that an event may call: listeners and watchers. */
  callbacks = 0;
  /** How many callbacks there are that the clock is sure to call. */
  alarms = 0;
  /** What watchers threw, which nobody else could catch. */
  readonly failures: unknown[] = [];
  readonly #open = new Map<number, string>();
  #next = 0;
  #isOver = false;

  /** A promise that the simulation will settle. */
  promise<T>(what: string, begin: (settle: Settle<T>) => void): Promise<T> {
    if (this.#isOver) return Promise.reject(new Error(OVER));
    this.activity++;
    const id = this.#next++;
    this.#open.set(id, what);
    return new Promise<T>((resolve, reject) => {
      const settled = (): void => {
        this.#open.delete(id);
        this.activity++;
      };
      begin({
        resolve(value) {
          settled();
          resolve(value);
        },
        reject(error) {
          settled();
          reject(error);
        },
      });
    });
  }

  /** Calls somebody's function from the event loop. What it throws ends the run. */
  call(callback: () => void): void {
    this.activity++;
    try {
      callback();
    } catch (error) {
      this.failures.push(error);
    }
  }

  /** Somebody does something to the simulation. */
  act(): void {
    this.expectRunning();
    this.activity++;
  }

  /** No event runs any more: whatever is asked from now on is refused. */
  end(): void {
    this.#isOver = true;
  }

  expectRunning(): void {
    if (this.#isOver) throw new Error(OVER);
  }

  /** Whether an event of the simulation can make the program go on. */
  get canWake(): boolean {
    return this.#open.size > 0 || this.callbacks > 0 || this.alarms > 0;
  }

  /** The promises that wait, in the order in which they were made. */
  open(): string[] {
    return [...this.#open.values()];
  }
}

const OVER = "the simulation is over";

export interface Settle<T> {
  resolve(value: T): void;
  reject(error: Error): void;
}
