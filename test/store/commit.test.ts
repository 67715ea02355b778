import { chmod, chown, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Repositories } from '../../src/repositories/repositories.ts';
import { sha256 } from '../../src/store/snapshot.ts';
import type { Store } from '../../src/store/store.ts';
import { add, idA, idB, leftovers, oneTag, patch, storeFolder, storeWith } from '../support/store.ts';

const content = (store: Store) => readFile(store.location.file, 'utf8');
const hash = (text: string) => sha256(Buffer.from(text));
const isRoot = process.getuid?.() === 0;

describe('commit', () => {
  test('applies a patch, keeps the old bytes and tells what it did', async () => {
    const store = await storeWith(oneTag);
    const result = await store.commit(patch(add('alpine:3.21', idB)));
    const after = `{"Repositories":{"alpine":{"alpine:3.20":"${idA}","alpine:3.21":"${idB}"}}}`;
    expect(await content(store)).toBe(after);
    expect(result).toMatchObject({
      changed: true,
      dryRun: false,
      changes: [{ op: 'add', repository: 'alpine', reference: 'alpine:3.21', image: idB }],
      patch: { base: { sha256: hash(oneTag) }, operations: [add('alpine:3.21', idB)] },
      before: hash(oneTag),
      after: hash(after),
    });
    expect(result.repositories.size).toBe(2);
    expect(await readFile(result.backup?.file ?? '', 'utf8')).toBe(oneTag);
    expect(await leftovers(store)).toEqual([]);
  });

  test('makes the file where there is none, as the daemon makes it', async () => {
    const store = await storeWith(undefined);
    const result = await store.commit(patch(add('alpine:3.20')));
    expect(await content(store)).toBe(oneTag);
    expect(result).toMatchObject({
      changed: true,
      before: undefined,
      after: hash(oneTag),
      backup: undefined,
    });
    expect((await stat(store.location.file)).mode & 0o7777).toBe(0o600);
    expect(await leftovers(store)).toEqual([]);
    expect(await store.backups()).toEqual([]);
  });

  test('with nothing to do writes nothing', async () => {
    const store = await storeWith(oneTag);
    const before = await store.read();
    const result = await store.commit(patch(add('alpine:3.20')));
    expect(result).toMatchObject({ changed: false, changes: [], backup: undefined, after: hash(oneTag) });
    expect((await store.read()).stat).toEqual(before.stat);
    expect(await readdir(join(store.location.file, '..'))).toEqual(['repositories.json']);
  });

  test('in a dry run says the same and touches nothing', async () => {
    const store = await storeWith(oneTag);
    const plan = patch(add('alpine:3.21', idB));
    const dry = await store.commit(plan, { dryRun: true });
    expect(await content(store)).toBe(oneTag);
    expect(await readdir(join(store.location.file, '..'))).toEqual(['repositories.json']);
    expect(dry).toMatchObject({ changed: true, dryRun: true, backup: undefined });
    const done = await store.commit(plan);
    expect(dry.after).toBe(done.after);
    expect(dry.changes).toEqual(done.changes);
  });

  test.each([0o600, 0o644, 0o640])('keeps the mode %o', async (mode) => {
    const store = await storeWith(oneTag);
    await chmod(store.location.file, mode);
    const { backup } = await store.commit(patch(add('alpine:3.21')));
    expect((await stat(store.location.file)).mode & 0o7777).toBe(mode);
    expect((await stat(backup?.file ?? '')).mode & 0o7777).toBe(0o600);
    expect((await stat(join(backup?.file ?? '', '..'))).mode & 0o7777).toBe(0o700);
  });

  test.runIf(isRoot)('keeps the owner, and gives him what it makes in his data root', async () => {
    const store = await storeWith(oneTag);
    await chown(store.location.file, 1234, 2345);
    const { backup } = await store.commit(patch(add('alpine:3.21')));
    for (const path of [store.location.file, backup?.file ?? '']) {
      expect(await stat(path)).toMatchObject({ uid: 1234, gid: 2345 });
    }
    const rootless = await storeWith(undefined);
    await chown(join(rootless.location.file, '..'), 1234, 2345);
    await rootless.commit(patch(add('alpine:3.21')));
    expect(await stat(rootless.location.file)).toMatchObject({ uid: 1234, gid: 2345 });
  });

  test('refuses a patch that was made for other bytes', async () => {
    const store = await storeWith(oneTag);
    const plan = { ...patch(add('alpine:3.21')), base: { sha256: hash('other') } };
    await expect(store.commit(plan)).rejects.toMatchObject({
      code: 'CHANGED_UNDERNEATH',
      message: expect.stringContaining(hash(oneTag)),
      details: { expected: hash('other'), found: hash(oneTag) },
    });
    await expect((await storeWith(undefined)).commit(plan)).rejects.toMatchObject({
      code: 'CHANGED_UNDERNEATH',
    });
    expect(await content(store)).toBe(oneTag);
    expect(await leftovers(store)).toEqual([]);
  });

  test('leaves the file alone when the patch does not fit', async () => {
    const store = await storeWith(oneTag);
    await expect(store.commit(patch(add('alpine:3.21'), add('alpine:3.20', idB)))).rejects.toMatchObject({
      code: 'PATCH_CONFLICT',
    });
    expect(await content(store)).toBe(oneTag);
    expect(await leftovers(store)).toEqual([]);
  });

  test('does not write through a link, nor onto a folder', async () => {
    const store = await storeWith(undefined);
    await writeFile(storeFolder(store, 'target'), oneTag);
    await symlink('target', store.location.file);
    await expect(store.commit(patch(add('alpine:3.21')))).rejects.toMatchObject({
      code: 'NOT_A_REGULAR_FILE',
    });
    expect(await readFile(storeFolder(store, 'target'), 'utf8')).toBe(oneTag);
  });
});

describe('a planner', () => {
  test('is given the file as it is under the lock', async () => {
    const store = await storeWith(oneTag);
    await store.commit((snapshot) => {
      expect(snapshot.sha256).toBe(hash(oneTag));
      return patch({
        op: 'move',
        reference: 'alpine:3.20',
        from: snapshot.repositories.get('alpine:3.20'),
        image: idB,
      });
    });
    expect((await store.read()).repositories.get('alpine:3.20')).toBe(idB);
  });

  test('plans again when somebody writes meanwhile, and both changes are there', async () => {
    const store = await storeWith(oneTag);
    let calls = 0;
    const result = await store.commit(async ({ repositories }) => {
      calls++;
      const plan = patch(add(`alpine:${repositories.size}`, idB));
      if (calls === 1)
        await writeFile(store.location.file, `{"Repositories":{"app":{"app:1":"${idA}","app:2":"${idA}"}}}`);
      return plan;
    });
    expect(calls).toBe(2);
    expect(result.changes).toMatchObject([{ reference: 'alpine:2' }]);
    expect([...(await store.read()).repositories.entries()].map((e) => e.reference)).toEqual([
      'alpine:2',
      'app:1',
      'app:2',
    ]);
    expect(await store.backups()).toHaveLength(1);
    expect(await leftovers(store)).toEqual([]);
  });

  test.each([
    ['removed', (file: string) => rm(file)],
    ['written again with the same bytes', (file: string) => writeFile(file, oneTag)],
    ['touched', (file: string) => utimes(file, 1, 1)],
  ])('plans again when the file was %s', async (_, meddle) => {
    const store = await storeWith(oneTag);
    let calls = 0;
    await store.commit(async () => {
      if (++calls === 1) await meddle(store.location.file);
      return patch(add('alpine:3.21'));
    });
    expect(calls).toBe(2);
    expect((await store.read()).repositories.find('alpine:3.21')).toBe(idA);
  });

  test('gives up when somebody writes every time', async () => {
    const store = await storeWith(oneTag);
    let calls = 0;
    const commit = store.commit(async () => {
      calls++;
      await writeFile(store.location.file, `{"Repositories":{"app":{"app:${calls}":"${idA}"}}}`);
      return patch(add('alpine:3.21'));
    });
    await expect(commit).rejects.toMatchObject({ code: 'CHANGED_UNDERNEATH' });
    expect(await content(store)).toBe(`{"Repositories":{"app":{"app:${calls}":"${idA}"}}}`);
    expect(calls).toBe(5);
    expect(await store.backups()).toEqual([]);
    expect(await leftovers(store)).toEqual([]);
  });

  test('that throws leaves everything as it was', async () => {
    const store = await storeWith(oneTag);
    const commit = store.commit(() => {
      throw new Error('cannot plan');
    });
    await expect(commit).rejects.toThrow('cannot plan');
    expect(await leftovers(store)).toEqual([]);
  });
});

describe('a broken or odd file', () => {
  test('is refused with its place, and stands', async () => {
    const store = await storeWith('{"Repositories":{');
    await expect(store.commit(patch(add('alpine:3.21')))).rejects.toMatchObject({
      code: 'INVALID_REPOSITORIES_FILE',
      message: expect.stringContaining(`${store.location.file}:1:18`),
    });
    expect(await content(store)).toBe('{"Repositories":{');
    expect(await leftovers(store)).toEqual([]);
  });

  test('is written by a caller who can read it, and its bytes are kept', async () => {
    const store = await storeWith('{"Repositories":{');
    const saved = Repositories.fromEntries([{ repository: 'app', reference: 'app:1', imageId: idA }]);
    const { backup, changes } = await store.commit(patch(), {
      decode: (bytes, { file }) => {
        expect([bytes.length, file]).toEqual([17, store.location.file]);
        return saved;
      },
      canonicalise: true,
    });
    expect(changes).toEqual([]);
    expect(await content(store)).toBe(`{"Repositories":{"app":{"app:1":"${idA}"}}}`);
    expect(await readFile(backup?.file ?? '', 'utf8')).toBe('{"Repositories":{');
  });

  test('canonicalise writes what differs in bytes only, and makes a missing file', async () => {
    const pretty = await storeWith(JSON.stringify(JSON.parse(oneTag), undefined, 2));
    expect(await pretty.commit(patch())).toMatchObject({ changed: false });
    expect(await pretty.commit(patch(), { canonicalise: true })).toMatchObject({
      changed: true,
      changes: [],
    });
    expect(await content(pretty)).toBe(oneTag);
    expect(await pretty.commit(patch(), { canonicalise: true })).toMatchObject({ changed: false });
    const missing = await storeWith(undefined);
    expect(await missing.commit(patch(), { canonicalise: true })).toMatchObject({ changed: true });
    expect(await content(missing)).toBe('{"Repositories":{}}');
  });
});

describe('what is left beside the file', () => {
  test('by killed runs is removed by the next commit; by anyone else it stays', async () => {
    const store = await storeWith(oneTag);
    const token = '0123456789abcdef'.repeat(2);
    const ours = [`.refstore-staged-${token}`, `.refstore-staged-${token}.123456789`];
    const others = ['.tmp-repositories.json123', '.refstore-staged-mine', 'repositories.json.bak'];
    for (const name of [...ours, ...others]) await writeFile(storeFolder(store, name), 'left');
    await store.commit(patch(add('alpine:3.21')));
    expect((await leftovers(store)).sort()).toEqual(others.sort());
  });
});

describe('abort', () => {
  test('before it begins', async () => {
    const store = await storeWith(oneTag);
    const commit = store.commit(patch(add('alpine:3.21')), { signal: AbortSignal.abort() });
    await expect(commit).rejects.toMatchObject({ code: 'ABORTED' });
    expect(await leftovers(store)).toEqual([]);
  });

  test('while it plans: nothing is written, and nothing left', async () => {
    const store = await storeWith(oneTag);
    const controller = new AbortController();
    const commit = store.commit(
      () => {
        controller.abort();
        return patch(add('alpine:3.21'));
      },
      { signal: controller.signal },
    );
    await expect(commit).rejects.toMatchObject({ code: 'ABORTED' });
    expect(await content(store)).toBe(oneTag);
    expect(await readdir(join(store.location.file, '..'))).toEqual(['repositories.json']);
  });
});
