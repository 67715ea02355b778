import { readFile, stat, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { Repositories } from '../../src/repositories/repositories.ts';
import type { Store } from '../../src/store/store.ts';
import { add, idA, idB, leftovers, oneTag, patch, storeWith } from '../support/store.ts';

const content = (store: Store) => readFile(store.location.file, 'utf8');

describe('rollback', () => {
  test('puts the bytes of a backup back, keeps what it replaces, and tells the changes', async () => {
    const store = await storeWith(oneTag);
    const { backup } = await store.commit(
      patch(add('app:1'), { op: 'move', reference: 'alpine:3.20', image: idB }),
    );
    const committed = await content(store);
    const result = await store.rollback(backup?.id ?? '');
    expect(await content(store)).toBe(oneTag);
    expect(result).toMatchObject({
      changed: true,
      changes: [
        { op: 'move', reference: 'alpine:3.20', from: idB, image: idA },
        { op: 'remove', repository: 'app', reference: 'app:1', from: idA },
      ],
      after: backup?.sha256,
    });
    expect(result.patch?.operations).toHaveLength(2);
    expect(result.repositories?.size).toBe(1);
    await store.rollback(result.backup?.id ?? '');
    expect(await content(store)).toBe(committed);
    expect(await leftovers(store)).toEqual([]);
  });

  test('to what is there already changes nothing', async () => {
    const store = await storeWith(oneTag);
    const { backup } = await store.commit(patch(add('app:1')));
    await store.rollback(backup?.id ?? '');
    expect(await store.rollback(backup?.id ?? '')).toMatchObject({ changed: false, backup: undefined });
    expect(await store.backups()).toHaveLength(2);
  });

  test('in a dry run writes nothing', async () => {
    const store = await storeWith(oneTag);
    const { backup } = await store.commit(patch(add('app:1')));
    const committed = await content(store);
    const result = await store.rollback(backup?.id ?? '', { dryRun: true });
    expect(result).toMatchObject({ changed: true, dryRun: true, changes: [{ op: 'remove' }] });
    expect(await content(store)).toBe(committed);
  });

  test.each([
    ['broken', '{"Repositories":{', undefined, 0],
    ['odd', `{"Repositories":{"alpine":{"docker.io/library/alpine:1":"${idA}"}}}`, 1, 2],
  ])('brings %s bytes back exactly', async (_, odd, size, changes) => {
    const store = await storeWith(odd);
    const { backup } = await store.commit(patch(add('alpine:3.20')), {
      decode: () => Repositories.empty,
    });
    const result = await store.rollback(backup?.id ?? '');
    expect(await content(store)).toBe(odd);
    expect(result.repositories?.size).toBe(size);
    expect(result.changes).toHaveLength(changes);
    expect(result.patch).toBeUndefined();
  });
});

describe('withLock', () => {
  test('holds the lock over several writes', async () => {
    const store = await storeWith(oneTag);
    const size = await store.withLock(async (locked) => {
      await locked.commit(patch(add('app:1')));
      await locked.commit(({ repositories }) => patch(add(`app:${repositories.size}`)));
      expect(await leftovers(store)).toEqual(['repositories.json.lock']);
      return (await locked.read()).repositories.size;
    });
    expect(size).toBe(3);
    expect(await leftovers(store)).toEqual([]);
  });

  test('puts bytes back as they were', async () => {
    const store = await storeWith(` ${oneTag}\n`);
    await store.withLock(async (locked) => {
      const before = await locked.read();
      await locked.commit(patch(add('app:1')));
      const result = await locked.restore(before.bytes, 'the daemon did not start');
      expect(result).toMatchObject({ changed: true, after: before.sha256 });
    });
    expect(await content(store)).toBe(` ${oneTag}\n`);
    expect(await store.backups()).toHaveLength(2);
  });

  test('takes a file away that was not there before', async () => {
    const store = await storeWith(undefined);
    await store.withLock(async (locked) => {
      await locked.commit(patch(add('app:1')));
      const result = await locked.restore(undefined, 'the daemon did not start');
      expect(result).toMatchObject({ changed: true, after: undefined, changes: [{ op: 'remove' }] });
      expect(await locked.restore(undefined, 'again')).toMatchObject({ changed: false });
    });
    await expect(stat(store.location.file)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await store.backups()).toHaveLength(1);
    expect(await leftovers(store)).toEqual([]);
  });

  test('says why, when that cannot be done', async () => {
    const store = await storeWith(oneTag);
    await writeFile(`${store.location.file}.backups`, 'in the way');
    const work = store.withLock((locked) => locked.restore(Buffer.from('{}'), 'the daemon did not start'));
    await expect(work).rejects.toMatchObject({
      code: 'WRITE_FAILED',
      message: expect.stringMatching(
        /the old file stands \(the bytes of before were to be put back: the daemon did not start\)$/,
      ),
    });
  });

  test('lets go of the lock when the work fails', async () => {
    const store = await storeWith(oneTag);
    const work = store.withLock(() => Promise.reject(new Error('no')));
    await expect(work).rejects.toThrow('no');
    expect(await leftovers(store)).toEqual([]);
  });
});
