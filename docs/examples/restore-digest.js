// Gives an image its digest back, on a data root whose daemon is down:
//
//     node restore-digest.js DATA_ROOT NAME@DIGEST MANIFEST
//
// MANIFEST is the file of the manifest by whose digest the image was pulled. Nothing is written unless its bytes
// hash to the digest and its config is an image that is there.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import {
  diffRepositories,
  openStore,
  parseImageId,
  parseNormalizedNamed,
  patchFromChanges,
  RefstoreError,
} from 'docker-refstore';

const [dataRoot = '', name = '', manifest = ''] = process.argv.slice(2);

try {
  const reference = parseNormalizedNamed(name);
  const bytes = await readFile(manifest);
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  if (digest !== reference.digest) throw new Error(`${manifest} hashes to ${digest}, not to ${name}`);
  const imageId = parseImageId(JSON.parse(bytes.toString()).config.digest);

  const store = await openStore({ dataRoot });
  const { repositories } = await store.read();
  if (repositories.references(imageId).length === 0) {
    throw new Error(`no name leads to ${imageId}: load the image and tag it first, or a prune removes it`);
  }

  // The planner is asked again if somebody else writes the file meanwhile.
  const { changed, backup } = await store.commit((snapshot) =>
    patchFromChanges(
      diffRepositories(snapshot.repositories, snapshot.repositories.addDigest(reference, imageId)),
    ),
  );
  console.log(changed ? `added; the old file is the backup ${backup?.id}` : 'it was there already');
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  if (error instanceof RefstoreError && error.hint !== undefined) console.error(error.hint);
  process.exitCode = 1;
}
