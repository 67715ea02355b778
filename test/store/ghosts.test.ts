import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { rollOut } from '../../src/rollout/rollout.ts';
import type { CommitOptions } from '../../src/store/options.ts';
import type { Store } from '../../src/store/store.ts';
import { add, idA, idB, leftovers, oneTag, patch, storeWith } from '../support/store.ts';
import { lay } from '../support/temporary-folder.ts';

const digest = `alpine@sha256:${'c'.repeat(64)}`;

/** A data root that holds the image idA and no other. */
async function store(): Promise<Store> {
  const made = await storeWith(oneTag);
  const config = `image/overlay2/imagedb/content/sha256/${idA.slice(7)}`;
  await lay(made.location.dataRoot ?? '', { [config]: '{}' });
  return made;
}

describe.each([
  [
    'commit',
    (made: Store, plan: ReturnType<typeof patch>, options: CommitOptions = {}) => made.commit(plan, options),
  ],
  [
    'a dry run',
    (made: Store, plan: ReturnType<typeof patch>, options: CommitOptions = {}) =>
      made.commit(plan, { ...options, dryRun: true }),
  ],
  [
    'commit under a lock',
    (made: Store, plan: ReturnType<typeof patch>, options: CommitOptions = {}) =>
      made.withLock((locked) => locked.commit(plan, options)),
  ],
  [
    'rollOut',
    (made: Store, plan: ReturnType<typeof patch>, options: CommitOptions = {}) =>
      rollOut(made, plan, { installations: [], ...options }),
  ],
] as const)('%s', (_, commit) => {
  test.each([
    ['a digest', 'UNPROVEN_DIGEST', add(digest, idB)],
    ['a tag', 'REFERENCE_NOT_FOUND', add('alpine:3.21', idB)],
    ['a tag that is moved', 'REFERENCE_NOT_FOUND', { op: 'move', reference: 'alpine:3.20', image: idB }],
  ] as const)('refuses %s at an image that is not there', async (_name, code, operation) => {
    const made = await store();
    await expect(commit(made, patch(add('app:1'), operation))).rejects.toMatchObject({
      code,
      message: expect.stringContaining(`of an image that is not in ${made.location.dataRoot}: ${idB}`),
      details: { ghosts: [{ reference: operation.reference, image: idB }] },
    });
    expect(await readFile(made.location.file, 'utf8')).toBe(oneTag);
    expect(await leftovers(made)).toEqual(['imagedb']);
    expect(await commit(made, patch(operation), { ghosts: 'allow' })).toMatchObject({ changed: true });
  });

  test('writes names of images that are there, and removes any', async () => {
    const made = await store();
    await made.commit(patch(add('ghost:1', idB)), { ghosts: 'allow' });
    const plan = patch(add(digest, idA), { op: 'remove', reference: 'ghost:1' });
    expect(await commit(made, plan)).toMatchObject({ changed: true });
  });
});

test('where no images can be looked for, names are written', async () => {
  const made = await storeWith(oneTag);
  expect(await made.commit(patch(add(digest, idB)))).toMatchObject({ changed: true });
});
