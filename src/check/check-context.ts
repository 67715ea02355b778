import { hash } from 'node:crypto';
import type { ContainerFacts, Facts } from '../facts/facts.ts';
import { parseCanonical } from '../repositories/parse-canonical.ts';
import type { Place } from '../repositories/place.ts';
import { type Entry, Repositories } from '../repositories/repositories.ts';
import { type RepositoriesScan, scanRepositories } from '../repositories/scan.ts';
import { serializeRepositories } from '../repositories/serialize.ts';
import { repositoriesOrUndefined } from './decode.ts';
import { LineIndex } from './line-index.ts';
import { rescueRepository } from './rescue-tag.ts';
import { effectiveEntries, type Salvage, salvage } from './salvage/salvage.ts';
import type { SalvagedEntry } from './salvage/search.ts';
import { canonicalLocation, isMisplaced, readEntries, readEntry, type StoredEntry } from './stored-entry.ts';
import { type Survey, surveyEntries } from './survey.ts';

/**
 * The facts, and what several rules need to know of them. Worked out once and only when asked for: a file as the
 * daemon writes it is parsed by parseCanonical and never scanned.
 */
export class CheckContext {
  readonly facts: Facts;
  /** What the daemon holds after reading the file, empty where there is no file; undefined where it refuses it. */
  readonly decoded: Repositories | undefined;
  /** The file holds exactly what the daemon would write. */
  readonly isCanonical: boolean;
  readonly #bytes: Uint8Array;
  #sha256: string | undefined;
  #scan: RepositoriesScan | undefined;
  #salvage: Salvage | undefined;
  #entries: readonly StoredEntry[] | undefined;
  #offsets: ReadonlyMap<string, number> | undefined;
  #lines: LineIndex | undefined;
  #misplaced: ReadonlyMap<string, readonly StoredEntry[]> | undefined;
  #survey: Survey | undefined;
  #topImages: readonly string[] | undefined;
  #untagged: readonly string[] | undefined;
  #names: ReadonlyMap<string, readonly StoredEntry[]> | undefined;
  #containers: ReadonlyMap<string, readonly ContainerFacts[]> | undefined;

  constructor(facts: Facts) {
    this.facts = facts;
    const { bytes } = facts.file;
    this.#bytes = bytes ?? new Uint8Array();
    const text = bytes === undefined ? undefined : decodeStrictly(bytes);
    const buckets = text === undefined ? undefined : parseCanonical(text);
    if (buckets !== undefined) {
      this.decoded = new Repositories(buckets, false);
      this.isCanonical = true;
      return;
    }
    this.decoded = repositoriesOrUndefined(bytes);
    // The daemon also writes forms that parseCanonical does not read: escaped names, empty repositories.
    this.isCanonical =
      text !== undefined && this.decoded !== undefined && serializeRepositories(this.decoded) === text;
  }

  /** The bytes of the file; undefined where there are none, also for a directory or a dangling link. */
  get bytes(): Uint8Array | undefined {
    return this.facts.file.bytes;
  }

  /** Lower-case hex; undefined where there are no bytes. */
  get sha256(): string | undefined {
    const { bytes } = this;
    if (bytes !== undefined) this.#sha256 ??= hash('sha256', bytes);
    return this.#sha256;
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

  /** What there is to say about the entries of `base`. */
  get survey(): Survey {
    this.#survey ??= surveyEntries(this.base, this.facts.dataRoot?.images);
    return this.#survey;
  }

  /** All entries of `base`, with what their keys say. */
  get entries(): readonly StoredEntry[] {
    this.#entries ??= readEntries(this.base.entries());
    return this.#entries;
  }

  /** All entries that name what this one names, itself too: the one that the daemon finds, and misplaced ones. */
  aliases(entry: StoredEntry): readonly StoredEntry[] {
    if (entry.parsed === undefined) return [entry];
    const home = canonicalLocation(entry.parsed);
    this.#misplaced ??= groupBy(this.survey.malformed.filter(isMisplaced), canonicalLocationKey);
    const misplaced = this.#misplaced.get(canonicalLocationKey(entry)) ?? [];
    const imageId = this.base.entry(home.repository, home.reference);
    return imageId === undefined ? misplaced : [readEntry({ ...home, imageId }), ...misplaced];
  }

  /** Images that the daemon has, and that no other was built on: all that a user would have named. */
  get topImages(): readonly string[] {
    this.#topImages ??= this.#findTopImages();
    return this.#topImages;
  }

  #findTopImages(): readonly string[] {
    const images = this.facts.dataRoot?.images;
    if (images === undefined) return [];
    const parents = new Set(Array.from(images.values(), (image) => image.parent));
    return [...images.keys()].filter((imageId) => !parents.has(imageId) && this.hasImage(imageId) === true);
  }

  /** Those of `topImages` that have no tag. */
  get untaggedImages(): readonly string[] {
    this.#untagged ??= this.#findUntagged();
    return this.#untagged;
  }

  #findUntagged(): readonly string[] {
    const { untagged } = this.survey;
    return untagged.size === 0 ? [] : this.topImages.filter((imageId) => untagged.has(imageId));
  }

  /** Those of `topImages` that have tags, and none but rescue tags. */
  get rescuedImages(): readonly string[] {
    const ids = new Set(Array.from(this.base.referencesByName(rescueRepository), ({ imageId }) => imageId));
    if (ids.size === 0) return [];
    return this.topImages.filter(
      (imageId) =>
        ids.has(imageId) &&
        this.namesOf(imageId).every(
          ({ parsed, repository }) => parsed?.tag === undefined || repository === rescueRepository,
        ),
    );
  }

  placeAt(offset: number): Place {
    this.#lines ??= new LineIndex(this.#bytes);
    return this.#lines.placeAt(offset);
  }

  /** Where an entry of `base` stands. */
  placeOf({ repository, reference }: Entry): Place | undefined {
    this.#offsets ??= new Map(
      this.#places().map((entry) => [`${entry.repository}\0${entry.reference}`, entry.offset]),
    );
    const offset = this.#offsets.get(`${repository}\0${reference}`);
    return offset === undefined ? undefined : this.placeAt(offset);
  }

  /** The entries at an image whose keys parse: what the daemon lists as its names. */
  namesOf(imageId: string): readonly StoredEntry[] {
    this.#names ??= groupBy(
      this.entries.filter((entry) => entry.parsed !== undefined),
      (entry) => entry.imageId,
    );
    return this.#names.get(imageId) ?? [];
  }

  /** The names of the containers that were created from an image. */
  containersOf(imageId: string): readonly string[] {
    this.#containers ??= groupBy(this.facts.dataRoot?.containers ?? [], (container) => container.imageId);
    return (this.#containers.get(imageId) ?? []).map((container) => container.name);
  }

  /** An image that the daemon finds: undefined where no data root says anything, or the image was not read. */
  hasImage(imageId: string): boolean | undefined {
    const images = this.facts.dataRoot?.images;
    if (images === undefined) return undefined;
    const image = images.get(imageId);
    if (image?.state === 'unexamined') return undefined;
    return image !== undefined && image.state === 'ok' && image.badLayers === undefined;
  }

  #places(): readonly SalvagedEntry[] {
    return this.decoded === undefined ? this.salvage.entries : effectiveEntries(this.scan);
  }
}

/** Undefined for what is not UTF-8: the daemon never writes that. */
function decodeStrictly(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function canonicalLocationKey(entry: StoredEntry): string {
  const home = entry.parsed === undefined ? entry : canonicalLocation(entry.parsed);
  return `${home.repository}\0${home.reference}`;
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
