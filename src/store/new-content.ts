import type { Repositories } from '../repositories/repositories.ts';
import { serializeRepositories } from '../repositories/serialize.ts';
import { sha256 } from './snapshot.ts';

/** What a file is to hold. Bytes and hash are made when they are asked for, and once: a preview needs neither. */
export class NewContent {
  readonly #repositories: Repositories;
  #bytes: Uint8Array | undefined;
  #sha256: string | undefined;

  constructor(repositories: Repositories) {
    this.#repositories = repositories;
  }

  get bytes(): Uint8Array {
    this.#bytes ??= Buffer.from(serializeRepositories(this.#repositories));
    return this.#bytes;
  }

  /** In hex. */
  get sha256(): string {
    this.#sha256 ??= sha256(this.bytes);
    return this.#sha256;
  }
}
