import { tryParseNormalizedNamed } from '../../reference/parse.ts';

/**
 * `fields`: in the outermost object · `store`: in the field Repositories · `bucket`: in a repository of it ·
 * `elsewhere`: in another field, which the daemon does not read · `unknown`: behind damage.
 */
type Place = 'fields' | 'store' | 'bucket' | 'elsewhere' | 'unknown';

const field = /^repositories$/iu;
/** As the daemon writes it. No repository has a capital letter, so this is the field wherever it stands. */
const writtenField = 'Repositories';

/**
 * Where in the file a reader stands, as far as brackets tell. What stands in a field that the daemon does not read
 * is no entry, and behind damage brackets no longer tell which field that is: there names do.
 */
export class Nesting {
  /** The repository that is open; undefined where that is not certain. */
  bucket: string | undefined;
  #place: Place = 'fields';
  /** Whether the brackets were followed from the beginning of the file, or of the store. */
  #isCertain = true;
  /** Of brackets that are open in a field that the daemon does not read. */
  #depth = 0;

  /** Whether an entry here may be one of the store. */
  get isInStore(): boolean {
    return this.#place !== 'fields' && this.#place !== 'elsewhere';
  }

  /** A bracket without a name: of the outermost object, unless it stands in a list. */
  openBare(): void {
    if (this.#place === 'elsewhere') this.#depth++;
    else this.#go('fields');
  }

  /** @returns whether a store begins here */
  open(name: string): boolean {
    if (this.#isStore(name)) {
      this.#isCertain = true;
      this.#go('store');
      return true;
    }
    switch (this.#place) {
      case 'elsewhere':
        this.#depth++;
        break;
      case 'fields':
        this.#goElsewhere();
        break;
      case 'unknown':
        if (isName(name)) this.#go('bucket', name);
        else this.#goElsewhere();
        break;
      case 'store':
        this.#go('bucket', name);
        break;
      case 'bucket':
        // A bucket holds no brackets: one of the two was lost, or what was taken for a bucket is another field.
        if (this.#isCertain) this.#go('bucket', name);
        else this.#goElsewhere();
    }
    return false;
  }

  close(): void {
    switch (this.#place) {
      case 'elsewhere':
        this.#depth--;
        if (this.#depth === 0) this.#go(this.#isCertain ? 'fields' : 'unknown');
        break;
      case 'bucket':
        this.#go(this.#isCertain ? 'store' : 'unknown');
        break;
      case 'store':
        this.#go('fields');
        break;
      default:
        this.bucket = undefined;
    }
  }

  /** @param name of the member that the damage broke, where it was whole */
  damage(name: string | undefined): void {
    const isOtherField = this.#place === 'fields' && name !== undefined && !field.test(name);
    this.#isCertain = false;
    this.bucket = undefined;
    if (this.#place === 'elsewhere' || isOtherField) {
      // How many brackets close it is not known any more: only the store itself ends it.
      this.#place = 'elsewhere';
      this.#depth = Number.POSITIVE_INFINITY;
    } else this.#place = 'unknown';
  }

  #isStore(name: string): boolean {
    switch (this.#place) {
      case 'fields':
      case 'unknown':
        return field.test(name);
      case 'elsewhere':
        return !this.#isCertain && name === writtenField;
      default:
        return name === writtenField;
    }
  }

  #goElsewhere(): void {
    this.#go('elsewhere');
    this.#depth = 1;
  }

  #go(place: Place, bucket?: string): void {
    this.#place = place;
    this.bucket = bucket;
  }
}

/** Of a repository: without a tag and without a digest. */
function isName(text: string): boolean {
  const parsed = tryParseNormalizedNamed(text);
  return parsed !== undefined && parsed.tag === undefined && parsed.digest === undefined;
}
