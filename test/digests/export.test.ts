import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { exportDigests, exportDigestsFrom } from '../../src/digests/export.ts';
import { restoreDigests } from '../../src/digests/restore.ts';
import { serializeDigestLock } from '../../src/sources/lock/digest-lock.ts';
import { parseSource } from '../../src/sources/parse-source.ts';
import { digestOf } from '../support/data-root.ts';
import { Hosts } from '../support/hosts.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const hosts = new Hosts();

test('what was pulled, with the manifests that prove it; restored elsewhere the stores are the same', async () => {
  const connected = await hosts.connected();
  const { document, leftOut } = await exportDigests(connected.store);
  expect(leftOut).toEqual([]);
  expect(document.digests).toMatchObject([
    { reference: hosts.multiDigest, image: hosts.multi, tags: ['multi:1'] },
    { reference: hosts.appDigest, image: hosts.app, tags: ['registry.example.com/app:1'] },
  ]);
  const digests = [hosts.appManifest, hosts.multiManifest, hosts.index].map((text) => digestOf(text)).sort();
  expect(document.manifests.map(({ digest }) => digest)).toEqual(digests);

  const file = join(await temporaryFolder(), 'lock.json');
  await writeFile(file, serializeDigestLock(document));
  const { store } = await hosts.airGapped();
  await restoreDigests(store, { sources: [parseSource(`lock:${file}`)] });
  expect((await store.read()).sha256).toBe((await connected.store.read()).sha256);
});

test('the same host gives the same document', async () => {
  const { store } = await hosts.connected();
  const [one, other] = await Promise.all([exportDigests(store), exportDigests(store)]);
  expect(serializeDigestLock(one.document)).toBe(serializeDigestLock(other.document));
});

test('a digest whose manifest the daemon did not keep is left out, and told', async () => {
  const pushed = `multi@sha256:${'7'.repeat(64)}`;
  const { store } = await hosts.connected();
  await store.commit({
    schema: 'docker-refstore/patch/v1',
    operations: [{ op: 'add', reference: pushed, image: hosts.multi }],
  });
  const { document, leftOut } = await exportDigests(store);
  expect(document.digests).toHaveLength(2);
  expect(leftOut).toMatchObject([{ reference: pushed, image: hosts.multi }]);
});

test.each([
  ['a repository', 'multi', [hosts.multiDigest]],
  ['a tag', 'registry.example.com/app:1', [hosts.appDigest]],
  ['a digest, with a tag beside it', hosts.multiDigest.replace('@', ':9@'), [hosts.multiDigest]],
])('%s', async (_what, name, expected) => {
  const { store } = await hosts.connected();
  const { document } = await exportDigests(store, { references: [name] });
  expect(document.digests.map(({ reference }) => reference)).toEqual(expected);
});

test('a name that is not there is an error, not an empty document', async () => {
  const { store } = await hosts.connected();
  for (const name of ['multi:2', 'nothing', `multi@${digestOf(hosts.appManifest)}`]) {
    await expect(exportDigests(store, { references: [name] })).rejects.toMatchObject({
      code: 'REFERENCE_NOT_FOUND',
    });
  }
});

test('from sources, without a store', async () => {
  const { document } = await exportDigestsFrom([parseSource(`lock:${await hosts.lockFile()}`)], {
    references: ['multi'],
  });
  expect(document.digests).toMatchObject([{ reference: hosts.multiDigest }]);
});

test('a source that does not say the name gives nothing without one', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'manifest.json'), hosts.appManifest);
  const sources = [parseSource(`dir:${folder}`)];
  const { document, nameless } = await exportDigestsFrom(sources);
  expect({ digests: document.digests, nameless }).toEqual({
    digests: [],
    nameless: [digestOf(hosts.appManifest)],
  });
  const named = await exportDigestsFrom(sources, { naming: { as: 'registry.example.com/app' } });
  expect(named.document.digests).toMatchObject([{ reference: hosts.appDigest }]);
  expect(named.nameless).toEqual([]);
});

test('a source without manifests has nothing to export', async () => {
  const { store } = await hosts.connected();
  await expect(
    exportDigestsFrom([parseSource('containers:')], { location: store.location }),
  ).rejects.toMatchObject({ code: 'USAGE', message: expect.stringContaining('containers:') });
});
