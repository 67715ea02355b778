import { lstat, readdir } from 'node:fs/promises';
import { isHolderFile } from './lock-holder.ts';

/** One state of a lock folder. A lock that is refreshed, or taken by another, has another one. */
export interface LockState {
  readonly id: string;
  /** The holder files in it. */
  readonly holders: readonly string[];
  readonly isEmpty: boolean;
}

/** undefined where there is no folder, or we may not look into it. */
export async function lockState(lockFolder: string): Promise<LockState | undefined> {
  try {
    const names = (await readdir(lockFolder)).sort();
    const { dev, ino, mtimeNs, ctimeNs } = await lstat(lockFolder, { bigint: true });
    const holders = names.filter(isHolderFile);
    return {
      id: [dev, ino, mtimeNs, ctimeNs, ...holders].join(' '),
      holders,
      isEmpty: names.length === 0,
    };
  } catch {
    return undefined; // released meanwhile
  }
}

/**
 * How long a lock stands unchanged while we watch it, by a clock that cannot be set. What the clocks of its holder
 * or of the host said when it was refreshed tells nothing: one may have been wrong, and set since.
 */
export class LockWatch {
  #state: LockState | undefined;
  #since = 0;

  /** To be called again and again. */
  async look(lockFolder: string): Promise<void> {
    const state = await lockState(lockFolder);
    if (state?.id !== this.#state?.id) this.#since = performance.now();
    this.#state = state;
  }

  /** The state in which it has stood for so long, in milliseconds. */
  unchangedFor(ms: number): LockState | undefined {
    return performance.now() - this.#since >= ms ? this.#state : undefined;
  }

  /** Its holder has not named itself, or was killed before it could. */
  get isEmpty(): boolean {
    return this.#state?.isEmpty === true;
  }
}
