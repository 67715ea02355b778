import { tryParseNormalizedNamed } from '../../reference/parse.ts';
import { familiarName } from '../../reference/reference.ts';
import { maxNames, tooManyNames } from '../../repositories/limits.ts';
import { sniffFileType } from '../sniff-file-type.ts';
import { isSpace, type Member, readMember, skipSpace } from './member.ts';
import { Nesting } from './nesting.ts';

/** A whole entry that was found, and where. */
export interface SalvagedEntry {
  readonly repository: string;
  readonly reference: string;
  readonly imageId: string;
  /** Byte offset of the key's opening quote. */
  readonly offset: number;
  /** Byte offset behind the value's closing quote. */
  readonly end: number;
}

/** Something that stood in the file and could not be kept. */
export interface Lost {
  /** Bytes [offset, end) of the file. */
  readonly offset: number;
  readonly end: number;
  /**
   * `damage`: bytes that are no part of a store · `cut`: the file ends here, maybe inside an entry · `entry`: whole,
   * but its key or its image ID is invalid, or it is in a repository that is not its own · `conflict`: the same
   * reference stands elsewhere in the file with another image · `ignored`: whole, where the daemon does not look.
   */
  readonly kind: 'damage' | 'cut' | 'entry' | 'conflict' | 'ignored';
  /** What the bytes look like, as looks-like.ts puts it; never the bytes themselves. */
  readonly fileType: string;
  /** Of the entry, as far as it could be read. */
  readonly repository?: string;
  readonly reference?: string;
  readonly imageId?: string;
  /** How the name of an entry or a repository begins, of which the rest is gone. */
  readonly beginning?: string;
}

export interface Finds {
  readonly entries: readonly SalvagedEntry[];
  readonly lost: readonly Lost[];
}

export const maxLost = 1000;
const beginningOfName = /^[a-z0-9][\w.:@/-]*$/i;

/**
 * Walks bytes of which nothing is certain and takes every whole entry. Time in proportion to their number.
 * @throws RefstoreError LIMIT_EXCEEDED
 */
export function searchEntries(bytes: Uint8Array): Finds {
  return new Search(bytes).run();
}

/** An entry, and the undamaged piece of the file that it stands in. */
interface Find extends SalvagedEntry {
  readonly piece: number;
}

class Search {
  readonly #bytes: Uint8Array;
  readonly #lost: Lost[] = [];
  /** By bucket and key. */
  readonly #finds = new Map<string, Find[]>();
  #count = 0;
  #at = 0;
  readonly #nesting = new Nesting();
  /** Counts up at each damage: what the daemon calls a duplicate is one only within a piece. */
  #piece = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  run(): Finds {
    const { length } = this.#bytes;
    for (;;) {
      this.#at = skipSpace(this.#bytes, this.#at);
      if (this.#at >= length) break;
      this.#step();
    }
    const entries = this.#settle().sort((a, b) => a.offset - b.offset);
    return { entries, lost: this.#lost.sort((a, b) => a.offset - b.offset).slice(0, maxLost) };
  }

  #step(): void {
    switch (this.#bytes[this.#at]) {
      case 0x7b: // {
        this.#nesting.openBare();
        this.#at++;
        return;
      case 0x2c: // ,
        this.#at++;
        return;
      case 0x7d: // }
        this.#nesting.close();
        this.#at++;
        return;
      case 0x22: // "
        this.#take(readMember(this.#bytes, this.#at));
        return;
      default:
        this.#skipDamage(undefined);
    }
  }

  #take(member: Member): void {
    if (member.kind === 'broken') {
      this.#skipDamage(member);
      return;
    }
    const offset = this.#at;
    const { name, end } = member;
    this.#at = end;
    if (member.kind === 'open') {
      if (this.#nesting.open(name)) this.#piece++;
      return;
    }
    const { bucket, isInStore } = this.#nesting;
    const imageId = member.kind === 'image' ? member.imageId : undefined;
    const repository = repositoryOf(name, bucket);
    if (!isInStore) {
      // A field that the daemon ignores is no entry.
      if (repository !== undefined && imageId !== undefined) {
        this.#lose({
          repository,
          reference: name,
          imageId,
          offset,
          end,
          kind: 'ignored',
          fileType: 'an entry',
        });
      }
      return;
    }
    if (repository !== undefined && imageId !== undefined) {
      this.#keep({ repository, reference: name, imageId, offset, end, piece: this.#piece });
      return;
    }
    if (bucket === undefined && repository === undefined && imageId === undefined) return;
    this.#lose({
      offset,
      end,
      kind: 'entry',
      fileType: 'an entry',
      ...this.#about(name),
      ...(imageId && { imageId }),
    });
  }

  #keep(find: Find): void {
    if (++this.#count > maxNames) throw tooManyNames();
    const key = `${find.repository}\0${find.reference}`;
    const finds = this.#finds.get(key);
    if (finds === undefined) this.#finds.set(key, [find]);
    else if (finds.at(-1)?.piece === find.piece) finds[finds.length - 1] = find;
    else finds.push(find);
  }

  /** One entry for each reference; none where pieces of the file disagree. */
  #settle(): SalvagedEntry[] {
    const entries: SalvagedEntry[] = [];
    for (const finds of this.#finds.values()) {
      const [first] = finds as [Find, ...Find[]];
      if (finds.every((find) => find.imageId === first.imageId)) {
        const { piece: _, ...entry } = first;
        entries.push(entry);
        continue;
      }
      for (const { piece: _, ...entry } of finds)
        this.#lose({ ...entry, kind: 'conflict', fileType: 'an entry' });
    }
    return entries;
  }

  /** Goes on at the next place where an entry or a bucket certainly begins. */
  #skipDamage(broken: Extract<Member, { kind: 'broken' }> | undefined): void {
    const offset = this.#at;
    const about = broken === undefined ? {} : this.#aboutBroken(broken, offset);
    const end = this.#nextMember(offset + 1);
    const isCut = end === this.#bytes.length && broken !== undefined && broken.at >= end;
    const fileType = isCut
      ? 'the beginning of an entry'
      : sniffFileType(this.#damaged(broken?.at ?? offset, end));
    this.#lose({ offset, end, kind: isCut ? 'cut' : 'damage', fileType, ...about });
    this.#at = end;
    this.#nesting.damage(broken?.name);
    this.#piece++;
  }

  #aboutBroken({ name, at }: Extract<Member, { kind: 'broken' }>, offset: number): Partial<Lost> {
    if (name !== undefined) return this.#about(name);
    const { bucket, isInStore } = this.#nesting;
    const text = Buffer.from(this.#bytes.subarray(offset + 1, at)).toString('latin1');
    if (!isInStore || !beginningOfName.test(text)) return {};
    return { ...(bucket === undefined ? {} : { repository: bucket }), beginning: text };
  }

  /** The damaged bytes, for a description: from where the text stops making sense. */
  #damaged(from: number, end: number): Uint8Array {
    return this.#bytes.subarray(Math.min(from, end), end);
  }

  /**
   * The next quote that opens a name: one behind a { or a comma, with a whole entry or bucket behind it. All other
   * quotes may as well close a string that began in the damage.
   */
  #nextMember(from: number): number {
    const bytes = this.#bytes;
    for (let at = bytes.indexOf(0x22, from); at !== -1; at = bytes.indexOf(0x22, at + 1)) {
      if (!this.#isBehindSeparator(at)) continue;
      const member = readMember(bytes, at);
      if (member.kind === 'open') return at;
      if (member.kind === 'image' && repositoryOf(member.name, undefined) !== undefined) return at;
    }
    return bytes.length;
  }

  #isBehindSeparator(quote: number): boolean {
    let at = quote - 1;
    while (at >= 0 && isSpace(this.#bytes[at])) at--;
    return this.#bytes[at] === 0x7b || this.#bytes[at] === 0x2c;
  }

  #about(name: string): { repository?: string; reference: string } {
    const { bucket } = this.#nesting;
    return bucket === undefined ? { reference: name } : { repository: bucket, reference: name };
  }

  #lose(lost: Lost): void {
    if (this.#lost.length < maxLost) this.#lost.push(lost);
  }
}

/**
 * The bucket of an entry: the open one if the key belongs there; where none is known, the name that the key
 * begins with. Undefined for an invalid key, or one in another repository: in a broken file
 * that is the trace of two texts run together.
 */
export function repositoryOf(key: string, bucket: string | undefined): string | undefined {
  const parsed = tryParseNormalizedNamed(key);
  if (parsed === undefined) return undefined;
  const { tag, digest } = parsed;
  if (tag === undefined && digest === undefined) return undefined;
  const suffix = (tag === undefined ? 0 : tag.length + 1) + (digest === undefined ? 0 : digest.length + 1);
  const written = key.slice(0, key.length - suffix);
  if (bucket === undefined) return written;
  return bucket === written || bucket === familiarName(parsed) ? bucket : undefined;
}
