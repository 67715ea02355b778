import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatNotRestored } from '../../src/digests/plan/reason-text.ts';
import { planDigestRestore, restoreDigests, rollOutRestore } from '../../src/digests/restore.ts';
import type { ClaimSource } from '../../src/sources/claim-source.ts';
import { type Naming, parseAs, parseNameChange } from '../../src/sources/evidence/naming.ts';
import { parseSource } from '../../src/sources/parse-source.ts';
import { Hosts } from '../support/hosts.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const hosts = new Hosts();

async function lock(change?: (text: string) => string) {
  return [parseSource(`lock:${await hosts.lockFile(change)}`)];
}

test('gives the images here their digests, once', async () => {
  const { store, root } = await hosts.airGapped();
  const sources = await lock();
  const { planned, rollout } = await restoreDigests(store, { sources });
  expect(planned.notRestored).toEqual([]);
  expect(rollout).toMatchObject({ changed: true, changes: [{ op: 'add' }, { op: 'add' }] });
  const { repositories } = await store.read();
  expect(repositories.find(hosts.appDigest)).toBe(hosts.app);
  expect(repositories.find(hosts.multiDigest)).toBe(hosts.multi);
  const bytes = await readFile(root.location.file, 'utf8');
  const again = await restoreDigests(store, { sources });
  expect(again.rollout.changed).toBe(false);
  expect(again.planned.notRestored.map(({ reason }) => reason)).toEqual(['already-there', 'already-there']);
  expect(await readFile(root.location.file, 'utf8')).toBe(bytes);
});

test('what is not here, and what is held by another image, is told', async () => {
  const { store, root } = await hosts.airGapped({
    ...hosts.tags,
    multi: { 'multi:1': hosts.multi, [hosts.multiDigest]: hosts.app },
  });
  await rm(join(root.path, 'image/overlay2/imagedb/content/sha256', hosts.app.slice(7)));
  const { planned, rollout } = await restoreDigests(store, { sources: await lock() });
  expect(rollout.changed).toBe(false);
  expect(planned.notRestored.map(({ reference, reason }) => [reference, reason])).toEqual([
    [hosts.multiDigest, 'held-by-another'],
    [hosts.appDigest, 'image-not-here'],
  ]);
});

describe('names', () => {
  test('change on the way', async () => {
    const { store } = await hosts.airGapped();
    const naming = { map: [parseNameChange('registry.example.com/=mirror.local:5000/')] };
    const { planned } = await restoreDigests(store, { sources: await lock(), naming });
    expect(planned.restored.map(({ reference }) => reference.replace(/@.*/, ''))).toEqual([
      'multi',
      'mirror.local:5000/app',
    ]);
  });

  test('of a source without names, where the image has several here, are said or asked for', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'manifest.json'), hosts.appManifest);
    const { store } = await hosts.airGapped({
      ...hosts.tags,
      other: { 'other:1': hosts.app },
    });
    const sources = [parseSource(`dir:${folder}`)];
    const names = async (naming: Naming | undefined) =>
      (await planDigestRestore(store, { sources, naming })).restored.map(({ reference }) =>
        reference.replace(/@.*/, ''),
      );
    const { restored, notRestored } = await planDigestRestore(store, { sources });
    expect(restored).toEqual([]);
    expect(notRestored).toMatchObject([
      { reason: 'no-name', imageId: hosts.app, names: ['other', 'registry.example.com/app'] },
    ]);
    expect(notRestored.map(formatNotRestored)[0]).toMatch(/several names here .*--as, or --each-name$/);
    expect(await names({ as: 'other' })).toEqual(['other']);
    expect(await names({ eachName: true })).toEqual(['other', 'registry.example.com/app']);
  });

  test('of a source without names are those of the tags here, or what is said', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'manifest.json'), hosts.appManifest);
    const sources = [parseSource(`dir:${folder}`)];
    const { store } = await hosts.airGapped();
    expect((await planDigestRestore(store, { sources })).restored).toMatchObject([
      { reference: hosts.appDigest, imageId: hosts.app },
    ]);
    const naming = { as: parseAs('else/where') };
    expect((await planDigestRestore(store, { sources, naming })).restored).toMatchObject([
      { reference: hosts.appDigest.replace('registry.example.com/app', 'else/where') },
    ]);
  });
});

test('a source without manifests that is trusted elsewhere counts: a backup', async () => {
  const { store } = await hosts.connected();
  const { repositories } = await store.read();
  const { sha256 } = await store.read();
  await store.commit({
    schema: 'docker-refstore/patch/v1',
    operations: [{ op: 'remove', reference: hosts.appDigest, from: repositories.get(hosts.appDigest) }],
  });
  const [backup] = await store.backups();
  const sources = [parseSource(`backup:${backup?.id}`)];
  await restoreDigests(store, { sources });
  expect((await store.read()).sha256).toBe(sha256);
});

describe('nothing is written', () => {
  async function unchanged(work: (host: Awaited<ReturnType<Hosts['airGapped']>>) => Promise<unknown>) {
    const host = await hosts.airGapped();
    const before = await readFile(host.root.location.file, 'utf8');
    await work(host);
    expect(await readFile(host.root.location.file, 'utf8')).toBe(before);
    expect(await host.store.backups()).toEqual([]);
  }

  test('from a digest lock of which one byte was changed', async () => {
    const encoded = Buffer.from(hosts.appManifest).toString('base64');
    const sources = await lock((text) => text.replace(encoded, encoded.replace(/^e/, 'f')));
    await unchanged(({ store }) =>
      expect(restoreDigests(store, { sources })).rejects.toMatchObject({ code: 'SOURCE_FAILED' }),
    );
  });

  test('when one of several sources fails', async () => {
    const sources = [...(await lock()), parseSource('lock:/nowhere')];
    await unchanged(({ store }) =>
      expect(restoreDigests(store, { sources })).rejects.toMatchObject({ code: 'SOURCE_FAILED' }),
    );
  });

  test('when it is interrupted', async () => {
    const sources = await lock();
    const signal = AbortSignal.abort();
    await unchanged(({ store }) =>
      expect(restoreDigests(store, { sources, signal, rollout: { signal } })).rejects.toMatchObject({
        code: 'ABORTED',
      }),
    );
  });

  test('for an image that went away after the plan', async () => {
    const sources = await lock();
    await unchanged(async ({ store, root }) => {
      const planned = await planDigestRestore(store, { sources });
      await rm(join(root.path, 'image/overlay2/imagedb/content/sha256', hosts.app.slice(7)));
      await expect(rollOutRestore(store, planned)).rejects.toMatchObject({
        code: 'CHANGED_UNDERNEATH',
        message: expect.stringContaining(`${hosts.app} is gone`),
      });
    });
  });
});

test('an image whose last tag went away after the plan gets nothing', async () => {
  const { store } = await hosts.airGapped();
  const planned = await planDigestRestore(store, { sources: await lock() });
  await store.commit({
    schema: 'docker-refstore/patch/v1',
    operations: [{ op: 'remove', reference: 'multi:1' }],
  });
  await expect(rollOutRestore(store, planned)).rejects.toMatchObject({
    code: 'CHANGED_UNDERNEATH',
    message: expect.stringContaining(`${hosts.multi} has lost its last tag`),
  });
  expect((await store.read()).repositories.find(hosts.appDigest)).toBeUndefined();
});

test('another change after the plan stays', async () => {
  const { store } = await hosts.airGapped();
  const planned = await planDigestRestore(store, { sources: await lock() });
  await store.commit({
    schema: 'docker-refstore/patch/v1',
    operations: [{ op: 'add', reference: 'app:2', image: hosts.app }],
  });
  await rollOutRestore(store, planned);
  expect((await store.read()).repositories.find('app:2')).toBe(hosts.app);
});

test('a file that the daemon does not read is not what this mends', async () => {
  const { store, root } = await hosts.airGapped();
  await writeFile(root.location.file, '{"Repositories":');
  await expect(planDigestRestore(store, { sources: await lock() })).rejects.toMatchObject({
    code: 'INVALID_REPOSITORIES_FILE',
  });
});

test('progress of several sources is one count', async () => {
  const { store } = await hosts.connected();
  const seen: { done: number; total: number }[] = [];
  const counting = (spec: string, total: number): ClaimSource => ({
    spec,
    claims: async ({ onProgress }) => {
      for (let done = 0; done <= total; done++) onProgress?.({ done, total });
      return { claims: [], problems: [] };
    },
  });
  const sources = [counting('one', 3), counting('other', 4)];
  await planDigestRestore(store, { sources, onProgress: (progress) => seen.push(progress) });
  expect(seen.at(-1)).toEqual({ done: 7, total: 7 });
});
