import { closeSync, openSync } from 'node:fs';
import fsPromises, {
  appendFile,
  mkdir,
  readdir,
  rename,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type BackupName, formatBackupName, parseBackupName } from '../../src/store/backup-name.ts';
import { backupFolderOf, backupsKept, listBackups, maxBackupsListed } from '../../src/store/backups.ts';
import { beyondKept, makeBackup, pruneBackups } from '../../src/store/make-backup.ts';
import { OpenFolder } from '../../src/store/open-folder.ts';
import { Snapshot, sha256 } from '../../src/store/snapshot.ts';
import type { Store } from '../../src/store/store.ts';
import { add, idA, oneTag, patch, storeWith } from '../support/store.ts';
import { replaced } from '../support/system.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

async function withBackups(count: number): Promise<Store> {
  const store = await storeWith(oneTag);
  for (let i = 1; i <= count; i++) await store.commit(patch(add(`app:${i}`)));
  return store;
}

const folderOf = (store: Store) => backupFolderOf(store.location.file);

describe('what stands where the backups should be', () => {
  test.each([
    ['a symbolic link', (path: string) => symlink('/nowhere', path)],
    ['a symbolic link', async (path: string) => symlink(await temporaryFolder(), path)],
    ['a file', (path: string) => writeFile(path, '')],
  ])('is named, and nothing is written: %s (%#)', async (what, make) => {
    const store = await storeWith(oneTag);
    await make(folderOf(store));
    const message = `the backups cannot be kept in ${folderOf(store)}: it is ${what}`;
    const hint = 'remove it, or put a folder there';
    await expect(store.backups()).rejects.toMatchObject({ code: 'READ_FAILED', message, hint });
    await expect(store.commit(patch(add('app:1')))).rejects.toMatchObject({
      code: 'WRITE_FAILED',
      message: expect.stringContaining(message),
      hint,
    });
    expect(Buffer.from((await store.read()).bytes).toString()).toBe(oneTag);
  });
});

describe('backups', () => {
  test('are listed newest first, each with what its name says', async () => {
    const store = await withBackups(3);
    const backups = await store.backups();
    expect(backups).toHaveLength(3);
    expect(backups.map(({ time }) => time)).toEqual(
      backups
        .map(({ time }) => time)
        .sort()
        .reverse(),
    );
    expect(backups[2]).toEqual({
      sound: true,
      entries: 1,
      reason: 'before test',
      id: expect.stringMatching(/^\d{8}T\d{6}\.\d{3}Z-[0-9a-f]{12}$/),
      file: expect.stringContaining(`${store.location.file}.backups/`),
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      sha256: sha256(Buffer.from(oneTag)),
      size: oneTag.length,
    });
    expect(backups.every(({ id, sha256: hash }) => hash.startsWith(id.slice(-12)))).toBe(true);
  });

  test('are the newest ten', async () => {
    const store = await withBackups(backupsKept + 2);
    const backups = await store.backups();
    expect(backups).toHaveLength(backupsKept);
    const { bytes } = await store.readBackup(backups[0]?.id ?? '');
    expect(Buffer.from(bytes).toString()).toContain(`"app:${backupsKept + 1}"`);
    expect(Buffer.from(bytes).toString()).not.toContain(`"app:${backupsKept + 2}"`);
  });

  test('with names of others are not listed and not removed', async () => {
    const store = await withBackups(1);
    const [backup] = await store.backups();
    const others = ['notes.txt', '20260102T030405.678Z-short.json', `x-${'0'.repeat(64)}.json`];
    for (const name of others) await writeFile(join(folderOf(store), name), 'not ours');
    await symlink('/etc/passwd', join(folderOf(store), `20260102T030405.678Z-${'0'.repeat(64)}.json`));
    await mkdir(join(folderOf(store), `20260102T030405.679Z-${'0'.repeat(64)}.json`));
    expect(await store.backups()).toEqual([backup]);
    for (let i = 0; i < backupsKept; i++) await store.commit(patch(add(`more:${i}`)));
    expect(await readdir(folderOf(store))).toEqual(expect.arrayContaining(others));
  });

  test('that killed runs did not finish are removed', async () => {
    const store = await withBackups(1);
    const unfinished = join(folderOf(store), `.unfinished-${'0'.repeat(32)}`);
    await writeFile(unfinished, 'half');
    await store.commit(patch(add('more:1')));
    await expect(stat(unfinished)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('readBackup', () => {
  test('gives the bytes', async () => {
    const store = await withBackups(1);
    const [backup] = await store.backups();
    const found = await store.readBackup(backup?.id ?? '');
    expect(backup).toMatchObject(found.backup);
    expect(Buffer.from(found.bytes).toString()).toBe(oneTag);
  });

  test.each(['', '20260102T030405.678Z-0123456789ab', '../repositories.json', '../../../etc/passwd', '.'])(
    'there is no backup %j',
    async (id) => {
      const store = await withBackups(1);
      await expect(store.readBackup(id)).rejects.toMatchObject({
        code: 'READ_FAILED',
        message: `there is no backup ${JSON.stringify(id)} of ${store.location.file}`,
      });
      await expect(store.rollback(id)).rejects.toMatchObject({ code: 'READ_FAILED' });
    },
  );

  test('refuses bytes that are not those of the name', async () => {
    const store = await withBackups(1);
    const [backup] = await store.backups();
    await appendFile(backup?.file ?? '', ' ');
    await expect(store.readBackup(backup?.id ?? '')).rejects.toMatchObject({
      code: 'READ_FAILED',
      message: expect.stringContaining('is damaged'),
    });
  });
});

describe('makeBackup', () => {
  const bytes = Buffer.from(oneTag);
  const inFolderOf = async <T>(store: Store, work: (folder: OpenFolder) => Promise<T>) => {
    const folder = await OpenFolder.open(dirname(store.location.file));
    try {
      return await work(folder);
    } finally {
      await folder.close();
    }
  };
  const make = async (store: Store, what = bytes) => {
    const { file, stat } = await store.read();
    const made = await inFolderOf(store, async (folder) =>
      makeBackup(new Snapshot(file, stat && { bytes: what, stat }), folder, 'before test'),
    );
    if (made === undefined) throw new Error('the file is there');
    return made;
  };

  test('keeps bytes once when the newest backup holds them already', async () => {
    const store = await storeWith(oneTag);
    const first = await make(store);
    expect(first.isNew).toBe(true);
    expect(await make(store)).toEqual({ backup: first.backup, isNew: false });
    await make(store, Buffer.from('other'));
    expect((await make(store)).isNew).toBe(true);
    expect(await listBackups(store.location.file)).toHaveLength(3);
  });

  test('keeps them again when the newest backup is damaged', async () => {
    const store = await storeWith(oneTag);
    const { backup } = await make(store);
    await truncate(backup.file, 5);
    expect((await make(store)).isNew).toBe(true);
  });

  test('stays the newest when the clock was set back', async () => {
    const store = await storeWith(oneTag);
    const { backup } = await make(store);
    const future = `29991231T235959.999Z-${backup.sha256}.json`;
    await rename(backup.file, join(folderOf(store), future));
    const next = await make(store, Buffer.from(`{"Repositories":{"a":{"a:1":"${idA}"}}}`));
    expect(next.backup.time).toBe('3000-01-01T00:00:00.000Z');
    await inFolderOf(store, (folder) => pruneBackups(store.location.file, folder, 'usual'));
    expect((await store.backups())[0]).toMatchObject(next.backup);
  });
});

describe('which backups go', () => {
  const named = (n: number, entries: number | undefined, hash = n): BackupName => {
    const content = { sound: entries !== undefined, entries };
    const hex = hash.toString(16).padStart(64, '0');
    const name = parseBackupName(formatBackupName(Date.UTC(2026, 0, 1) + n, hex, content, 'before test'));
    if (name === undefined) throw new Error('the name is one');
    return name;
  };
  const times = (names: readonly BackupName[]) =>
    names.map(({ time }) => Date.parse(time) - Date.UTC(2026, 0, 1));
  const newestFirst = (names: BackupName[]) => names.sort((a, b) => (a.name < b.name ? 1 : -1));

  test('a broken or empty one pushes no good one out, however many there are', () => {
    const good = Array.from({ length: 10 }, (_, i) => named(i, 1));
    const broken = Array.from({ length: 30 }, (_, i) => named(100 + i, i % 2 === 0 ? undefined : 0));
    expect(times(beyondKept(newestFirst([...good, ...broken]), 10))).toEqual(
      Array.from({ length: 20 }, (_, i) => 100 + i),
    );
  });

  test('the same bytes go before others, the older copy first', () => {
    const names = newestFirst([named(0, 1, 7), named(1, 1), named(2, 1, 8), named(3, 1, 7), named(4, 1, 8)]);
    expect(times(beyondKept(names, 4))).toEqual([0]);
    expect(times(beyondKept(names, 3))).toEqual([0, 2]);
    expect(times(beyondKept(names, 2))).toEqual([0, 2, 1]);
  });

  test('a write takes away no more than the one that it added', () => {
    const names = newestFirst(Array.from({ length: 31 }, (_, i) => named(i, 1)));
    expect(times(beyondKept(names, 'usual'))).toEqual([0]);
    expect(beyondKept(newestFirst(names.slice(0, 10)), 'usual')).toEqual([]);
  });
});

describe('a folder of backups that somebody has filled', () => {
  test('costs a write no look at each file', async () => {
    const store = await withBackups(1);
    const count = 5_000;
    for (let i = 0; i < count; i++) {
      const hash = i.toString(16).padStart(64, '0');
      closeSync(openSync(join(folderOf(store), `20200102T030405.678Z-${hash}.1.x.json`), 'w'));
    }
    let looks = 0;
    for (const name of ['lstat', 'stat', 'open', 'unlink', 'rm'] as const) {
      const original = fsPromises[name] as (...all: unknown[]) => unknown;
      replaced(fsPromises, name, (...all: unknown[]) => {
        looks++;
        return original(...all);
      });
    }
    await store.commit(patch(add('more:1')));
    expect(looks).toBeLessThan(100);
    expect((await store.backups()).length).toBeLessThanOrEqual(maxBackupsListed);
  });

  test.each(['99991231T235959.999Z', '20269999T999999.999Z', '20260231T256060.000Z'])(
    'with a time that there is not or that leaves no room for a later one: %s',
    async (time) => {
      const store = await withBackups(1);
      await writeFile(join(folderOf(store), `${time}-${'0'.repeat(64)}.json`), '{}');
      expect(await store.commit(patch(add('more:1')))).toMatchObject({ changed: true });
      expect(await store.backups()).toHaveLength(2);
    },
  );
});
