import { dirname } from 'node:path';
import { isTemporaryOf } from '../dataroot/file-facts.ts';
import { RefstoreError } from '../errors.ts';
import type { Claim } from '../facts/claim.ts';
import { maxFileSize } from '../repositories/parse.ts';
import { Folder } from '../system/folder.ts';
import { Problems } from '../system/problems.ts';
import type { Transport } from './claim-source.ts';
import { claimsOfFile } from './stored-claims.ts';

/** A daemon leaves one each time it is killed in a save, which takes milliseconds. */
const most = 100;

/**
 * The temporary files of a daemon that was killed while it saved: a state of the file from before, or the one
 * that never got its place.
 */
export const leftover: Transport = {
  name: 'leftover',
  usage: 'leftover:[NAME]',
  summary: 'temporary files that a killed daemon left beside the file, or the one of this name',
  open(wanted) {
    const spec = `leftover:${wanted}`;
    return {
      spec,
      async claims({ location: { file } }) {
        const folder = Folder.open(dirname(file));
        const names = [...folder.list()]
          .filter(({ name, kind }) => kind === 'file' && isTemporaryOf(file, name))
          .map(({ name }) => name)
          .filter((name) => wanted === '' || name === wanted)
          .sort()
          .slice(0, most);
        if (names.length === 0 && wanted !== '') throw notThere(spec, file);
        const problems = new Problems();
        const claims: Claim[] = [];
        for (const name of names) {
          const bytes = folder.read(name, maxFileSize);
          if ('problem' in bytes) problems.add(`${folder.path}/${name}`, bytes);
          else
            claims.push(...claimsOfFile(bytes, { source: spec, proof: 'file', detail: `leftover ${name}` }));
        }
        return { claims, problems: problems.list };
      },
    };
  },
};

function notThere(spec: string, file: string): RefstoreError {
  return new RefstoreError(
    'SOURCE_FAILED',
    `${spec}: there is no temporary file of this name beside ${file}`,
    {
      hint: 'refstore check names those that are left',
      details: { source: spec, file },
    },
  );
}
