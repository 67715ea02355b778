import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { verifyDigests } from '../../src/digests/verify.ts';
import { parseSource } from '../../src/sources/parse-source.ts';
import { Hosts } from '../support/hosts.ts';

const hosts = new Hosts();
const name = 'registry.example.com/app';

async function lock() {
  return [parseSource(`lock:${await hosts.lockFile()}`)];
}

/** Where both were loaded, and the digests came by a patch. */
async function patched(app = hosts.app, multi = hosts.multi) {
  return hosts.airGapped({
    multi: { 'multi:1': hosts.multi, [hosts.multiDigest]: multi },
    [name]: { [`${name}:1`]: hosts.app, [hosts.appDigest]: app },
  });
}

const standings = (digests: readonly { reference: string; standing: string }[]) =>
  digests.map(({ reference, standing }) => [reference, standing]);

test('what was pulled is proven by what the daemon kept', async () => {
  const { store } = await hosts.connected();
  expect(await verifyDigests(store)).toMatchObject({
    holds: true,
    digests: [
      { reference: hosts.multiDigest, standing: 'holds', imageId: hosts.multi, source: 'content:' },
      { reference: hosts.appDigest, standing: 'holds', imageId: hosts.app, source: 'content:' },
    ],
  });
});

test('what came by a patch cannot be proven without a source, and with one it can', async () => {
  const { store } = await patched();
  const alone = await verifyDigests(store);
  expect(alone.holds).toBe(true);
  expect(alone.digests.map(({ standing }) => standing)).toEqual(['not-provable', 'not-provable']);
  const against = await verifyDigests(store, { sources: await lock() });
  expect(against.digests.map(({ standing }) => standing)).toEqual(['holds', 'holds']);
  expect(against.digests[0]?.source).toMatch(/^lock:/);
});

test('a digest at another image is wrong; an index of which not all is at hand says nothing', async () => {
  const { store } = await patched(hosts.multi, hosts.app);
  const { holds, digests } = await verifyDigests(store, { sources: await lock() });
  expect(holds).toBe(false);
  expect(digests).toMatchObject([
    { reference: hosts.multiDigest, standing: 'not-provable' },
    { reference: hosts.appDigest, standing: 'wrong', imageId: hosts.multi, proven: [hosts.app] },
  ]);
});

test('an image that is gone, and an entry where the daemon does not look', async () => {
  const { root, store } = await hosts.airGapped({
    multi: { 'multi:1': hosts.multi, [hosts.multiDigest]: hosts.multi },
    elsewhere: { [hosts.appDigest]: hosts.app },
  });
  await rm(join(root.path, 'image/overlay2/imagedb/content/sha256', hosts.multi.slice(7)));
  const { holds, digests } = await verifyDigests(store, { sources: await lock() });
  expect(holds).toBe(false);
  expect(standings(digests)).toContainEqual([hosts.multiDigest, 'image-missing']);
  expect(standings(digests)).toContainEqual([hosts.appDigest, 'unresolvable']);
});

describe('what a source has and the store has not', () => {
  test('is absent where the image is here', async () => {
    const { store } = await hosts.airGapped();
    const { holds, digests } = await verifyDigests(store, { sources: await lock() });
    expect(holds).toBe(false);
    expect(digests).toMatchObject([
      { reference: hosts.multiDigest, standing: 'absent', proven: [hosts.multi], tag: 'multi:1' },
      { reference: hosts.appDigest, standing: 'absent', proven: [hosts.app] },
    ]);
  });

  test('is nothing to what the daemon kept by itself', async () => {
    const { store } = await hosts.connected();
    await store.commit({
      schema: 'docker-refstore/patch/v1',
      operations: [{ op: 'remove', reference: hosts.appDigest }],
    });
    expect(standings((await verifyDigests(store)).digests)).toEqual([[hosts.multiDigest, 'holds']]);
  });
});

describe('what is asked for', () => {
  test.each([
    ['a repository', 'multi', [[hosts.multiDigest, 'holds']]],
    ['a tag', `${name}:1`, [[hosts.appDigest, 'holds']]],
    ['a digest', hosts.appDigest, [[hosts.appDigest, 'holds']]],
    ['a tag that is not there', 'multi:2', [['multi:2', 'absent']]],
    ['a repository that is not there', 'nothing', [['nothing', 'absent']]],
  ])('%s', async (_what, reference, expected) => {
    const { store } = await hosts.connected();
    expect(standings((await verifyDigests(store, { references: [reference] })).digests)).toEqual(expected);
  });
});

test('a source without manifests proves nothing, and is refused', async () => {
  const { store } = await hosts.connected();
  await expect(verifyDigests(store, { sources: [parseSource('containers:')] })).rejects.toMatchObject({
    code: 'USAGE',
  });
});
