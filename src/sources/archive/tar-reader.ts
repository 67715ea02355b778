import type { ByteSource } from './byte-source.ts';
import { blockSize, parsePax, parseTarHeader, type TarHeader } from './tar-header.ts';

export interface TarEntry {
  /** As it stands in the archive. */
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  /** In bytes. */
  readonly size: number;
  /** Of its first byte, in the (unpacked) archive. */
  readonly offset: number;
  /** The next of its bytes, at most `length`; what is not read before the next entry is passed over. */
  read(length: number): Promise<Buffer>;
}

/** The archive cannot be read on. */
export class TarError extends Error {
  override readonly name = 'TarError';
  /** In the (unpacked) archive, of the block that is not as it should be. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** More than the longest path of any system; it is held in memory. */
const maxExtraLength = 64 * 1024;

const kinds: Readonly<Record<string, TarEntry['kind']>> = {
  '0': 'file',
  '7': 'file',
  '1': 'link',
  '2': 'link',
  '5': 'folder',
};

/**
 * The entries of a tar archive, one after the other: ustar, pax and GNU's long names, as the tools around Docker
 * write them. A reader of our own: it passes over the layers of a plain archive without reading them, says at
 * which byte something is wrong, and takes no archive for whole that was cut between two entries, which the usual
 * libraries do. Nothing is ever written anywhere.
 * @throws TarError
 */
export async function* readTar(bytes: ByteSource): AsyncGenerator<TarEntry, void> {
  let extra: { path?: string; size?: number } = {};
  for (;;) {
    const start = bytes.position;
    const header = await readHeader(bytes, start);
    if (header === 'end') return;
    switch (header.type) {
      case 'x':
        extra = { ...extra, ...paxRecords(await readExtra(bytes, header), start) };
        break;
      case 'L':
        extra = { ...extra, path: textOf(await readExtra(bytes, header)) };
        break;
      case 'g':
      case 'K':
        await readExtra(bytes, header);
        break;
      default: {
        const { path: name = header.name, size = header.size } = extra;
        extra = {};
        const kind = kinds[header.type] ?? 'other';
        yield* one(bytes, { name, kind, size: kind === 'link' || kind === 'folder' ? 0 : size });
      }
    }
  }
}

async function* one(
  bytes: ByteSource,
  { name, kind, size }: Pick<TarEntry, 'name' | 'kind' | 'size'>,
): AsyncGenerator<TarEntry, void> {
  const offset = bytes.position;
  const end = offset + size;
  const read = async (length: number) => {
    const wanted = Math.min(length, end - bytes.position);
    const part = await bytes.read(wanted);
    if (part.length < wanted) throw cut(name, bytes.position);
    return part;
  };
  yield { name, kind, size, offset, read };
  const left = end + padding(size) - bytes.position;
  if ((await bytes.skip(left)) < left) throw cut(name, bytes.position);
}

async function readHeader(bytes: ByteSource, offset: number): Promise<TarHeader | 'end'> {
  const block = await bytes.read(blockSize);
  if (block.length === 0) throw new TarError('it ends without the blocks that close a tar archive', offset);
  if (block.length < blockSize) throw new TarError('it ends within the header of an entry', offset);
  const header = parseTarHeader(block);
  if (header === undefined)
    throw new TarError('there is no header of a tar archive where one has to be', offset);
  return header;
}

async function readExtra(bytes: ByteSource, { size }: TarHeader): Promise<Buffer> {
  const offset = bytes.position;
  if (size > maxExtraLength) {
    throw new TarError(
      `the extended header of an entry has ${size} bytes; at most ${maxExtraLength} are read`,
      offset,
    );
  }
  const body = await bytes.read(size);
  const left = padding(size);
  if (body.length < size || (await bytes.skip(left)) < left) {
    throw new TarError('it ends within the extended header of an entry', bytes.position);
  }
  return body;
}

function paxRecords(body: Buffer, offset: number): { path?: string; size?: number } {
  const records = parsePax(body);
  if (records === undefined) throw new TarError('the extended header of an entry is damaged', offset);
  return records;
}

function textOf(body: Buffer): string {
  const end = body.indexOf(0);
  return body.toString('utf8', 0, end < 0 ? body.length : end);
}

function padding(size: number): number {
  return (blockSize - (size % blockSize)) % blockSize;
}

function cut(name: string, offset: number): TarError {
  return new TarError(`it ends within ${JSON.stringify(name.slice(0, 200))}`, offset);
}
