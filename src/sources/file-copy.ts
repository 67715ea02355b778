import { maxFileSize } from '../repositories/parse.ts';
import { readRegularFile } from '../system/regular-file.ts';
import type { Transport } from './claim-source.ts';
import { sourceFailed } from './evidence/source-failed.ts';
import { pathAlone } from './layout/path-and-tag.ts';
import { claimsOfFile } from './stored-claims.ts';

/**
 * A copy of the file that somebody kept: an earlier state of it, as a backup of ours is. Whoever names one says that
 * it is of this host.
 */
export const file: Transport = {
  name: 'file',
  usage: 'file:FILE',
  summary: 'a plain copy of repositories.json',
  open(rest) {
    const path = pathAlone('file', rest);
    const spec = `file:${rest}`;
    return {
      spec,
      async claims() {
        const read = await readRegularFile(path, { limit: maxFileSize, followLink: true });
        if (read === undefined) throw sourceFailed(spec, path, 'it is not there');
        const time = new Date(Number(read.stat.mtimeMs)).toISOString();
        const claims = claimsOfFile(read.bytes, { source: spec, proof: 'backup', detail: `copy of ${time}` });
        if (claims.length > 0) return { claims, problems: [] };
        throw sourceFailed(spec, path, 'no name can be read from it', {
          hint: 'it has to be a copy of repositories.json',
        });
      },
    };
  },
};
