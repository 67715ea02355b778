import { parseRepositories } from '../repositories/parse.ts';
import type { Place } from '../repositories/place.ts';
import { Repositories } from '../repositories/repositories.ts';
import { RepositoriesParseError } from '../repositories/repositories-parse-error.ts';
import { type RepositoriesScan, scanRepositories } from '../repositories/scan.ts';
import { serializeRepositories } from '../repositories/serialize.ts';
import type { Facts } from './facts.ts';
import { LineIndex } from './line-index.ts';
import { type Salvage, salvage } from './salvage/salvage.ts';
import { readEntry, type StoredEntry } from './stored-entry.ts';

/**
 * The facts, and what several rules need to know of them. Worked out once and only when asked for: a file as the
 * daemon writes it is parsed the fast way and never scanned.
 */
export class Subject {
  readonly facts: Facts;
  /** What the daemon holds after reading the file, empty where there is no file; undefined where it refuses it. */
  readonly decoded: Repositories | undefined;
  /** The file holds exactly what the daemon would write. */
  readonly isCanonical: boolean;
  readonly #bytes: Uint8Array;
  #scan: RepositoriesScan | undefined;
  #salvage: Salvage | undefined;
  #entries: readonly StoredEntry[] | undefined;
  #offsets: ReadonlyMap<string, number> | undefined;
  #lines: LineIndex | undefined;

  constructor(facts: Facts) {
    this.facts = facts;
    this.#bytes = facts.file.bytes ?? new Uint8Array();
    this.decoded = facts.file.bytes === undefined ? Repositories.empty : tryParse(facts.file.bytes);
    this.isCanonical =
      facts.file.bytes !== undefined && this.decoded !== undefined && isText(this.#bytes, this.decoded);
  }

  /** The bytes of the file; undefined where there are none, also for a directory or a dangling link. */
  get bytes(): Uint8Array | undefined {
    return this.facts.file.bytes;
  }

  /** The file's text with its places. Of no file: a scan of nothing. */
  get scan(): RepositoriesScan {
    this.#scan ??= scanRepositories(this.#bytes);
    return this.#scan;
  }

  get salvage(): Salvage {
    this.#salvage ??= salvage(this.#bytes);
    return this.#salvage;
  }

  /** What a repair begins with: what the daemon reads, or where it refuses the file, what is whole in it. */
  get base(): Repositories {
    return this.decoded ?? this.salvage.repositories;
  }

  /** The entries of `base`, with what their keys say. */
  get entries(): readonly StoredEntry[] {
    this.#entries ??= Array.from(this.base.entries(), readEntry);
    return this.#entries;
  }

  placeAt(offset: number): Place {
    this.#lines ??= new LineIndex(this.#bytes);
    return this.#lines.placeAt(offset);
  }

  /** Where an entry of `base` stands. */
  placeOf({ repository, reference }: { repository: string; reference: string }): Place | undefined {
    this.#offsets ??= new Map(this.salvage.entries.map((e) => [`${e.repository}\0${e.reference}`, e.offset]));
    const offset = this.#offsets.get(`${repository}\0${reference}`);
    return offset === undefined ? undefined : this.placeAt(offset);
  }

  /** An image that the daemon finds: undefined where no data root says anything. */
  hasImage(imageId: string): boolean | undefined {
    const { dataRoot } = this.facts;
    if (dataRoot === undefined) return undefined;
    const image = dataRoot.images.get(imageId);
    return image !== undefined && image.state === 'ok' && image.badLayers === undefined;
  }
}

function tryParse(bytes: Uint8Array): Repositories | undefined {
  try {
    return parseRepositories(bytes);
  } catch (error) {
    if (error instanceof RepositoriesParseError) return undefined;
    throw error;
  }
}

function isText(bytes: Uint8Array, repositories: Repositories): boolean {
  try {
    return strict.decode(bytes) === serializeRepositories(repositories);
  } catch {
    // Not UTF-8, which the daemon never writes.
    return false;
  }
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
