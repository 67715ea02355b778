import type { ReadFailure } from '../util/read-failure.ts';

export interface Problem {
  readonly path: string;
  readonly reason: string;
}

const most = 100;

/** What could not be read, for the report. The first hundred tell the story. */
export class Problems {
  readonly #list: Problem[] = [];

  get list(): readonly Problem[] {
    return this.#list;
  }

  add(path: string, { reason }: Pick<ReadFailure, 'reason'>): void {
    if (this.#list.length < most) this.#list.push({ path, reason });
  }
}
