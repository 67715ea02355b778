import { RefstoreError } from '../errors.ts';

export interface Progress {
  readonly done: number;
  readonly total: number;
}

export interface ProgressOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** Milliseconds of work before other work gets its turn. */
const slice = 15;

/** Counts long synchronous work, and yields to the event loop at intervals: reports progress, and notices an abort. */
export class ProgressTracker {
  readonly #options: ProgressOptions;
  #done = 0;
  #total = 0;
  /** The first step rests at once, so that an abort from before is heard. */
  #due = 0;

  constructor(options: ProgressOptions) {
    this.#options = options;
  }

  expect(count: number): void {
    this.#total += count;
  }

  /**
   * One piece of work is done. What comes back, if anything, is to be awaited.
   * @throws RefstoreError ABORTED, from what is awaited
   */
  step(): Promise<void> | undefined {
    this.#done++;
    return this.yieldToEventLoop();
  }

  /** `step` for work that nobody counts. */
  yieldToEventLoop(): Promise<void> | undefined {
    return performance.now() < this.#due ? undefined : this.#rest();
  }

  /** The last word on progress. */
  finish(): void {
    this.#options.onProgress?.({ done: this.#done, total: this.#total });
  }

  async #rest(): Promise<void> {
    this.#options.onProgress?.({ done: this.#done, total: this.#total });
    await new Promise((resolve) => setImmediate(resolve));
    if (this.#options.signal?.aborted) {
      throw new RefstoreError('ABORTED', 'stopped before the data root was read', {
        cause: this.#options.signal.reason,
      });
    }
    this.#due = performance.now() + slice;
  }
}
