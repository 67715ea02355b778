import { readRegularFile } from '../system/regular-file.ts';
import type { Transport } from './claim-source.ts';
import { evidenceSource } from './evidence/evidence-source.ts';
import { sourceFailed } from './evidence/source-failed.ts';
import { pathAlone } from './layout/path-and-tag.ts';
import { readDigestLock } from './lock/read-digest-lock.ts';

/** Bytes; a digest with its manifests has about 5 kB. */
const largest = 256 << 20;

/** What `refstore digests export` wrote: digests, and the manifests that prove them. */
export const lock: Transport = {
  name: 'lock',
  usage: 'lock:FILE',
  summary: 'a digest lock, from refstore digests export',
  open(rest) {
    const file = pathAlone('lock', rest);
    const source = `lock:${rest}`;
    return evidenceSource(source, async () => {
      const read = await readRegularFile(file, { limit: largest, followLink: true });
      if (read === undefined) throw sourceFailed(source, file, 'it is not there');
      const bytes = Buffer.from(read.bytes.buffer, read.bytes.byteOffset, read.bytes.length);
      return await readDigestLock(bytes, { source, place: file });
    });
  },
};
