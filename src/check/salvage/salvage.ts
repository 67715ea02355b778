import { isImageId } from '../../reference/digest.ts';
import { parseRepositories } from '../../repositories/parse.ts';
import { Repositories } from '../../repositories/repositories.ts';
import { type RepositoriesScan, scanRepositories } from '../../repositories/scan.ts';
import { type Finds, type Lost, maxLost, repositoryOf, type SalvagedEntry, searchEntries } from './search.ts';
import { plainBytes } from './text-encoding.ts';

export interface Salvage {
  readonly repositories: Repositories;
  /** Those in `repositories`, with their places. */
  readonly entries: readonly SalvagedEntry[];
  /** What could not be kept, in the order of the file, at most 1000. */
  readonly lost: readonly Lost[];
}

/**
 * Every whole entry of a file, however broken: a key that names a repository and a tag or a digest, in or with the
 * bucket that it belongs to, at an image ID. A file that the daemon reads gives what the daemon reads. Never an
 * entry that is not whole in the file; where the file has one reference with two images, in two
 * pieces of the file, neither is taken.
 *
 * The limit: where two valid texts meet inside one name without a trace, no reader can tell. Such an entry names
 * another repository than the bucket it stands in (and is not taken), or an image that is not there (a ghost).
 * @throws RefstoreError LIMIT_EXCEEDED for more entries than any host has; never for what is wrong with the file
 */
export function salvage(file: Uint8Array | string): Salvage {
  const { bytes, encoding, fileOffset } = plainBytes(
    typeof file === 'string' ? new TextEncoder().encode(file) : file,
  );
  const scan = scanRepositories(bytes);
  if (scan.failure === undefined && encoding !== undefined) {
    const { entries, lost } = wholeEntries(effectiveEntries(scan));
    return {
      repositories: Repositories.fromEntries(entries),
      entries: entries.map((entry) => place(entry, fileOffset)),
      lost: lost.map((item) => place(item, fileOffset)),
    };
  }
  const finds = searchEntries(bytes);
  if (scan.failure === undefined) {
    const repositories = parseRepositories(bytes);
    return {
      repositories,
      entries: effectiveEntries(scan).map((entry) => place(entry, fileOffset)),
      lost: ignored(finds, repositories, scan.end).map((item) => place(item, fileOffset)),
    };
  }
  const lost = withCut(finds, scan, bytes.length);
  return {
    repositories: Repositories.fromEntries(finds.entries),
    entries: finds.entries.map((entry) => place(entry, fileOffset)),
    lost: lost.map((item) => place(item, fileOffset)),
  };
}

/** Of a text that the daemon would read in another encoding: a bad byte may have made a key or an ID of another. */
function wholeEntries(all: readonly SalvagedEntry[]): Finds {
  const entries: SalvagedEntry[] = [];
  const lost: Lost[] = [];
  for (const entry of all) {
    const isWhole = isImageId(entry.imageId) && repositoryOf(entry.reference, entry.repository) !== undefined;
    if (isWhole) entries.push(entry);
    else lost.push({ ...entry, kind: 'entry', fileType: 'an entry' });
  }
  return { entries, lost: lost.slice(0, maxLost) };
}

/** What the daemon reads past: entries behind the store or in other fields, and what is torn behind the store. */
function ignored({ entries, lost }: Finds, read: Repositories, end: number): Lost[] {
  const others = lost.filter(({ kind }) => kind === 'conflict' || kind === 'ignored');
  const unread = [...entries, ...others].filter(
    ({ repository = '', reference = '', imageId }) => read.entry(repository, reference) !== imageId,
  );
  const torn = lost.filter(({ kind, offset, repository = '', reference = '' }) => {
    if (kind === 'entry' && offset < end) return read.entry(repository, reference) === undefined;
    return kind !== 'conflict' && kind !== 'ignored' && offset >= end;
  });
  return [
    ...torn,
    ...unread.map((entry): Lost => ({ ...entry, kind: 'ignored', fileType: 'an entry' })),
  ].sort((a, b) => a.offset - b.offset);
}

/** A file that ends between two entries shows no torn piece, but it was longer. */
function withCut({ lost }: Finds, { failure }: RepositoriesScan, length: number): readonly Lost[] {
  if (failure?.kind !== 'truncated' || lost.some((item) => item.kind === 'cut')) return lost;
  return [...lost, { offset: length, end: length, kind: 'cut', fileType: 'nothing' }];
}

/** What the daemon reads, with its places; of a file that it refuses, what stands before the place. */
export function effectiveEntries(scan: RepositoriesScan): SalvagedEntry[] {
  return scan.fields
    .filter((field) => field.isRepositories)
    .flatMap((field) => field.buckets)
    .flatMap(({ name, entries }) =>
      entries
        .filter((entry) => entry.effective)
        .map(({ reference, imageId, offset, end }) => ({
          repository: name,
          reference,
          imageId,
          offset,
          end,
        })),
    );
}

function place<T extends { offset: number; end: number }>(
  item: T,
  fileOffset: (offset: number) => number,
): T {
  return { ...item, offset: fileOffset(item.offset), end: fileOffset(item.end) };
}
