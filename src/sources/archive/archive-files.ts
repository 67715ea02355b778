import { parseManifest } from '../../oci/manifest.ts';
import { abortError } from '../../util/abort.ts';
import { quoted } from '../../util/escape.ts';
import { isFields, parseJson } from '../../util/json.ts';
import type { ReadFailure } from '../../util/read-failure.ts';
import { mismatch } from '../evidence/prove.ts';
import { beyondLimit, sourceFailed } from '../evidence/source-failed.ts';
import { type SmallFiles, smallFileLimit } from '../layout/small-files.ts';
import { type ArchiveOptions, withArchive } from './open-archive.ts';
import { readTar, type TarEntry, TarError } from './tar-reader.ts';

/** In bytes, of all manifests and configs: an honest one has a few kilobytes. */
const maxKept = 256 << 20;
const maxEntries = 200_000;

/** The files that say what an archive holds. */
const lists = new Set(['index.json', 'manifest.json']);

/**
 * Reads an archive once, from front to back, and keeps its manifests, configs and lists; of everything else only
 * its name. Where something leads out of the archive, it is refused: no tool around Docker writes that.
 * @throws RefstoreError SOURCE_FAILED for what is no tar archive, is cut or hostile; LIMIT_EXCEEDED, READ_FAILED,
 *   NOT_A_REGULAR_FILE, ABORTED
 */
export async function readArchive(options: ArchiveOptions): Promise<SmallFiles> {
  const files = new ArchiveFiles(options);
  const { source, file, signal } = options;
  await withArchive(options, async ({ bytes, packing }) => {
    try {
      for await (const entry of readTar(bytes)) {
        if (signal?.aborted) throw abortError(signal);
        await files.take(entry);
      }
    } catch (error) {
      if (!(error instanceof TarError)) throw error;
      const at = `byte ${error.offset}${packing === undefined ? '' : ' of what it unpacks to'}`;
      throw sourceFailed(source, file, `${at}: ${error.message}`, {
        hint: 'it was cut off or is damaged, or is no tar archive: copy it again',
        details: { offset: error.offset },
      });
    }
  });
  return files;
}

class ArchiveFiles implements SmallFiles {
  readonly place: string;
  readonly #source: string;
  readonly #files = new Map<string, Buffer | ReadFailure>();
  #kept = 0;

  constructor({ file, source }: ArchiveOptions) {
    this.place = file;
    this.#source = source;
  }

  read(name: string): Buffer | ReadFailure {
    return this.#files.get(name) ?? { problem: 'missing', reason: 'it is not in the archive' };
  }

  async take(entry: TarEntry): Promise<void> {
    const name = entry.name.replace(/^(?:\.\/+)+/, '').replace(/\/+$/, '');
    if (leadsOut(name)) {
      throw sourceFailed(
        this.#source,
        this.place,
        `byte ${entry.offset}: the entry ${quoted(entry.name)} leads out of the archive`,
        { hint: 'no tool writes such an image archive: do not trust it', details: { offset: entry.offset } },
      );
    }
    if (entry.kind === 'folder' || name === '' || name === '.') return;
    if (this.#files.size >= maxEntries) {
      throw beyondLimit(this.#source, this.place, `it has more than ${maxEntries} entries`);
    }
    const content = await contentOf(entry, name);
    const before = this.#files.get(name);
    if (before !== undefined && !isSame(before, content)) {
      throw sourceFailed(this.#source, this.place, `it holds ${quoted(name)} twice, with different content`, {
        details: { offset: entry.offset },
      });
    }
    this.#kept += 'problem' in content ? 0 : content.length;
    if (this.#kept > maxKept) {
      throw beyondLimit(
        this.#source,
        this.place,
        `its manifests and configs have more than ${maxKept} bytes`,
      );
    }
    this.#files.set(name, content);
  }
}

async function contentOf(entry: TarEntry, name: string): Promise<Buffer | ReadFailure> {
  if (entry.kind === 'link')
    return { problem: 'wrong-kind', reason: 'it is a link, and links are not followed' };
  if (entry.kind === 'other') return { problem: 'wrong-kind', reason: 'it is not a regular file' };
  if (entry.size > smallFileLimit) {
    return { problem: 'too-large', reason: `it has ${entry.size} bytes; at most ${smallFileLimit} are read` };
  }
  const content = await entry.read(smallFileLimit);
  if (lists.has(name)) return content;
  const blob = /^blobs\/([a-z0-9]+)\/([a-f0-9]+)$/.exec(name);
  const damage = blob === null ? undefined : mismatch(content, `${blob[1]}:${blob[2]}`);
  if (damage !== undefined) return damage;
  return isWorthKeeping(content) ? content : notKept;
}

const notKept: ReadFailure = { problem: 'unreadable', reason: 'it is neither a manifest nor a config' };

/** Build records and lists of software are JSON too, and larger than all the rest. */
function isWorthKeeping(content: Buffer): boolean {
  if (content[0] !== 0x7b) return false;
  if (!('problem' in parseManifest(content))) return true;
  const parsed = parseJson(content);
  return 'value' in parsed && isFields(parsed.value) && isFields(parsed.value['rootfs']);
}

function isSame(left: Buffer | ReadFailure, right: Buffer | ReadFailure): boolean {
  if ('problem' in left || 'problem' in right) {
    return 'problem' in left && 'problem' in right && left.reason === right.reason;
  }
  return left.equals(right);
}

function leadsOut(name: string): boolean {
  return name.startsWith('/') || name.includes('\\') || name.split('/').includes('..') || name.includes('\0');
}
