import { existsSync } from 'node:fs';
import fsPromises, { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import { holdFlock } from '../support/flock.ts';
import { add, leftovers, oneTag, patch, storeWith } from '../support/store.ts';
import { replaced } from '../support/system.ts';

const plan = patch(add('alpine:3.21'));

async function withDatabase(): Promise<{ store: Store; database: string }> {
  const store = await storeWith(oneTag);
  const database = join(store.location.dataRoot ?? '', 'volumes/metadata.db');
  await mkdir(dirname(database));
  await writeFile(database, '');
  return { store, database };
}

async function expectRefused(store: Store, work: Promise<unknown>): Promise<void> {
  await expect(work).rejects.toMatchObject({ code: 'DAEMON_RUNNING' });
  expect(await readFile(store.location.file, 'utf8')).toBe(oneTag);
  expect(await leftovers(store)).toEqual([]);
}

describe.runIf(existsSync('/proc/locks'))('while a daemon uses the data root', () => {
  test('nothing is written, and the message says what to do', async () => {
    const { store, database } = await withDatabase();
    const { pid } = await holdFlock(database);
    await expectRefused(store, store.commit(plan));
    await expect(store.commit(plan)).rejects.toMatchObject({
      message: `a daemon uses ${store.location.dataRoot}, dockerd (process ${pid}): it would not see the change to ${store.location.file}, and would overwrite it; nothing was written`,
      hint: expect.stringMatching(
        /--restart=stop-start .*--restart=restart .*docker\.service and docker\.socket/,
      ),
      details: { pid, lockedFile: database },
    });
  });

  test('the file by its own name is no way around it', async () => {
    const { store, database } = await withDatabase();
    await holdFlock(database);
    await expectRefused(store, (await openStore({ file: store.location.file })).commit(plan));
  });

  test('it is written when the caller takes care of the daemon', async () => {
    const { store, database } = await withDatabase();
    await holdFlock(database);
    expect(await store.commit(plan, { daemon: 'allow' })).toMatchObject({ changed: true });
  });

  test('a dry run and a patch that changes nothing are no harm', async () => {
    const { store, database } = await withDatabase();
    await holdFlock(database);
    expect(await store.commit(plan, { dryRun: true })).toMatchObject({ changed: true, dryRun: true });
    expect(await store.commit(patch())).toMatchObject({ changed: false });
  });

  test('a rollback and a restore are refused as well', async () => {
    const { store, database } = await withDatabase();
    await store.commit(patch(add('app:1')));
    const { backup } = await store.commit(patch({ op: 'remove', reference: 'app:1' }));
    const daemon = await holdFlock(database);
    await expectRefused(store, store.rollback(backup?.id ?? ''));
    await expectRefused(
      store,
      store.withLock((locked) => locked.restore(undefined, 'the daemon did not start')),
    );
    daemon.kill('SIGKILL');
  });

  test('one that starts while the new bytes are written is noticed before the rename', async () => {
    const { store, database } = await withDatabase();
    const { rename } = fsPromises;
    replaced(fsPromises, 'rename', async (from: string, to: string) => {
      await rename(from, to); // of the backup
      await holdFlock(database);
    });
    await expectRefused(store, store.commit(plan));
    expect(await store.backups()).toEqual([]);
  });
});
