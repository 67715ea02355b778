import { RefstoreError } from '../errors.ts';
import type { Claim } from '../facts/claim.ts';
import { maxFileSize } from '../repositories/parse.ts';
import { Folder } from '../system/folder.ts';
import { type Problem, Problems } from '../system/problems.ts';
import type { ReadFailure } from '../util/read-failure.ts';
import { dataRootOf, type Transport, usage } from './claim-source.ts';
import { claimsOfFile } from './stored-claims.ts';

const fileName = 'repositories.json';

/**
 * The store of another graph driver in the same data root: what was there when the daemon used that one. An
 * image has the same ID under every driver.
 */
export const driver: Transport = {
  name: 'driver',
  usage: 'driver:[NAME]',
  summary: "another storage driver's repositories.json in the same data root, or those of all others",
  open(wanted) {
    if (!/^[a-z0-9._-]*$/i.test(wanted) || wanted.startsWith('.')) {
      throw usage(
        `driver: takes the name of a storage driver, and ${JSON.stringify(wanted)} was given`,
        'write driver:overlay2, say',
      );
    }
    const spec = `driver:${wanted}`;
    return {
      spec,
      async claims(context) {
        const root = Folder.open(dataRootOf(context, spec));
        const names = wanted === '' ? otherDrivers(root, context.location.driver) : [wanted];
        const problems = new Problems();
        const claims: Claim[] = [];
        for (const name of names) {
          const bytes = readStore(root, name);
          const path = `${root.path}/image/${name}/${fileName}`;
          if ('problem' in bytes) problems.add(path, bytes);
          else
            claims.push(
              ...claimsOfFile(bytes, { source: spec, proof: 'file', detail: `the driver ${name}` }),
            );
        }
        const [problem] = problems.list;
        if (wanted !== '' && problem !== undefined) throw notRead(spec, root.path, problem);
        return { claims, problems: problems.list };
      },
    };
  },
};

function otherDrivers(root: Folder, own: string | undefined): string[] {
  const images = root.folder('image');
  const entries = images instanceof Folder ? [...images.list()] : [];
  return entries
    .filter(({ name, kind }) => kind === 'folder' && name !== own)
    .map(({ name }) => name)
    .sort();
}

function readStore(root: Folder, driver: string): Buffer | ReadFailure {
  const folder = root.folder('image', driver);
  return folder instanceof Folder ? folder.read(fileName, maxFileSize) : folder;
}

function notRead(spec: string, dataRoot: string, { path, reason }: Problem): RefstoreError {
  return new RefstoreError('SOURCE_FAILED', `${spec} cannot be used: ${path}: ${reason}`, {
    hint: `the drivers are the folders in ${dataRoot}/image`,
    details: { source: spec, path, reason },
  });
}
