import fs from 'node:fs';
import fsPromises, { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { backupFolderOf } from '../../src/store/backups.ts';
import { lockFolderOf } from '../../src/store/lock.ts';
import type { Store } from '../../src/store/store.ts';
import { add, idB, oneTag, patch, storeWith } from '../support/store.ts';
import { asOrdinaryUser, failing, replaced, systemError } from '../support/system.ts';

const plan = patch(add('alpine:3.21', idB));
const folderOf = (store: Store) => dirname(store.location.file);

/** Everything in the store's folder and below, without the lock. */
const everything = (store: Store) => readdir(folderOf(store), { recursive: true });

async function expectOldFile(store: Store): Promise<void> {
  expect(await readFile(store.location.file, 'utf8')).toBe(oneTag);
  expect(await everything(store)).toEqual(['repositories.json']);
}

// proper-lockfile and write-file-atomic use node:fs, this library node:fs/promises; the first of node:fs that
// opens and writes is the file that names the lock's holder.
describe('each step fails in turn: the old file stands and nothing is left beside it', () => {
  const noRoom = systemError('ENOSPC');
  test.each([
    ['taking the lock', () => failing(fs, 'mkdir', noRoom), 'the lock could not be taken'],
    ['naming the holder', () => failing(fs, 'writeFile', noRoom), 'the lock could not be taken'],
    [
      'looking for leftovers',
      // The first is the data root's, for its images.
      () => failing(fs, 'opendirSync', systemError('EIO'), 2),
      'files of an earlier run',
    ],
    [
      'the folder of backups',
      () => failing(fsPromises, 'mkdir', noRoom),
      'the old bytes could not be backed up',
    ],
    ['the backup', () => openOfFails('.unfinished-', noRoom), 'the old bytes could not be backed up'],
    [
      'naming the backup',
      () => failing(fsPromises, 'rename', noRoom),
      'the old bytes could not be backed up',
    ],
    [
      'opening the staged file',
      () => failing(fs, 'open', noRoom, 3),
      'the new bytes could not be written beside it',
    ],
    ['writing it', () => failing(fs, 'write', noRoom, 2), 'the new bytes could not be written beside it'],
    [
      'syncing it',
      () => failing(fs, 'fsync', systemError('EIO')),
      'the new bytes could not be written beside it',
    ],
    [
      'its owner',
      () => handleFails('chown', systemError('EIO')),
      'the new bytes could not be written beside it',
    ],
    [
      'its mode',
      () => handleFails('chmod', systemError('EIO')),
      'the new bytes could not be written beside it',
    ],
    ['naming it', () => failing(fs, 'rename', noRoom), 'the new bytes could not be written beside it'],
    [
      'the rename',
      () => failing(fsPromises, 'rename', systemError('EIO'), 2),
      'could not be put in its place',
    ],
  ])('%s', async (_, breakStep, step) => {
    const store = await storeWith(oneTag);
    await store.read();
    breakStep();
    await expect(store.commit(plan)).rejects.toMatchObject({
      code: 'WRITE_FAILED',
      message: expect.stringContaining(step),
    });
    await expectOldFile(store);
    expect(await store.commit(plan)).toMatchObject({ changed: true });
  });

  test('a write that comes short, which write-file-atomic does not see', async () => {
    const store = await storeWith(oneTag);
    const write = fs.write as (...parameters: unknown[]) => void;
    const isStaged = ([, , , , position]: unknown[]) => position === 0; // the holder file is appended to
    replaced(fs, 'write', (...all: unknown[]) => write(...(isStaged(all) ? all.with(3, 10) : all)));
    await expect(store.commit(plan)).rejects.toMatchObject({
      code: 'WRITE_FAILED',
      message: expect.stringMatching(/only 10 of \d+ bytes could be written\); the old file stands$/),
      hint: expect.stringMatching(/^make room on the file system of .* \(\d+ bytes are free\)/),
    });
    await expectOldFile(store);
  });

  test('a staged file that holds something else when it is read back', async () => {
    const store = await storeWith(oneTag);
    const { rename: original } = fs;
    replaced(fs, 'rename', (from: string, to: string, done: (error: Error | null) => void) => {
      fs.writeFileSync(from, Buffer.alloc(fs.statSync(from).size));
      original(from, to, done);
    });
    await expect(store.commit(plan)).rejects.toMatchObject({
      code: 'WRITE_FAILED',
      message: expect.stringContaining('does not hold what was written'),
    });
    await expectOldFile(store);
  });

  test('the lock is gone before the rename', async () => {
    const store = await storeWith(oneTag);
    const commit = store.commit(async () => {
      await rm(lockFolderOf(store.location.file), { recursive: true });
      return plan;
    });
    await expect(commit).rejects.toMatchObject({
      code: 'WRITE_FAILED',
      message: `the lock of ${store.location.file} was removed while it was held`,
    });
    expect(await readFile(store.location.file, 'utf8')).toBe(oneTag);
    // The backup stays: whoever has the lock by now may rely on it.
    expect((await everything(store)).filter((name) => !name.includes('.backups'))).toEqual([
      'repositories.json',
    ]);
    expect(await store.backups()).toHaveLength(1);
  });
});

describe('behind the rename the new bytes are in place, and the error says so', () => {
  test('the folder cannot be synced', async () => {
    const store = await storeWith(oneTag);
    await store.commit(patch(add('app:1')));
    syncOfFails(folderOf(store), systemError('EIO'));
    await expect(store.commit(plan)).rejects.toMatchObject({
      code: 'NOT_VERIFIED',
      message: expect.stringContaining(`${store.location.file} was replaced, but `),
      hint: expect.stringContaining('refstore diff backup:'),
      outcome: { file: 'new', backup: expect.stringMatching(/Z-[0-9a-f]{12}$/) },
    });
    expect((await store.read()).repositories.get('alpine:3.21')).toBe(idB);
  });

  test('a file system that cannot sync folders is no reason to fail', async () => {
    const store = await storeWith(oneTag);
    syncOfFails(folderOf(store), systemError('EINVAL'));
    expect(await store.commit(plan)).toMatchObject({ changed: true });
  });

  test('somebody replaces it at once', async () => {
    const store = await storeWith(oneTag);
    const { rename: original } = fsPromises;
    replaced(fsPromises, 'rename', async (from: string, to: string) => {
      await original(from, to);
      if (basename(to) !== 'repositories.json') return;
      await writeFile(`${to}.daemon`, '{"Repositories":{}}');
      await original(`${to}.daemon`, to);
    });
    await expect(store.commit(plan)).rejects.toMatchObject({
      code: 'NOT_VERIFIED',
      message: `${store.location.file} was replaced, but it does not hold what was written`,
    });
    expect(await store.backups()).toHaveLength(1);
  });

  test('another process has taken the lock over between the last check and the rename', async () => {
    const store = await storeWith(oneTag);
    const { rename: original } = fsPromises;
    const lock = lockFolderOf(store.location.file);
    replaced(fsPromises, 'rename', async (from: string, to: string) => {
      if (basename(to) === 'repositories.json') {
        await rm(lock, { recursive: true });
        await mkdir(lock);
      }
      await original(from, to);
    });
    await expect(store.commit(plan)).rejects.toMatchObject({
      code: 'NOT_VERIFIED',
      message: expect.stringContaining('was replaced, but meanwhile the lock was lost'),
    });
    expect(await readdir(folderOf(store))).toContain('repositories.json.lock');
  });
});

test('a folder of backups that is none is said to be so', async () => {
  const store = await storeWith(oneTag);
  await writeFile(backupFolderOf(store.location.file), 'not a folder');
  await expect(store.commit(plan)).rejects.toMatchObject({
    code: 'WRITE_FAILED',
    message: expect.stringContaining(backupFolderOf(store.location.file)),
  });
  expect(await readFile(store.location.file, 'utf8')).toBe(oneTag);
});

test('a backup that was taken for nothing leaves the others alone', async () => {
  const store = await storeWith(oneTag);
  await store.commit(patch(add('app:1')));
  failing(fs, 'rename', systemError('ENOSPC'));
  await expect(store.commit(plan)).rejects.toMatchObject({ code: 'WRITE_FAILED' });
  expect(await store.backups()).toHaveLength(1);
});

test('the folder is synced once the folder of backups is made in it, before the file is replaced', async () => {
  const store = await storeWith(oneTag);
  const steps: string[] = [];
  openReturns((handle, path) => {
    const { sync } = handle;
    if (path.endsWith(`/${basename(folderOf(store))}`)) {
      handle.sync = () => {
        steps.push('sync');
        return sync.call(handle);
      };
    }
  });
  const { rename: original } = fsPromises;
  replaced(fsPromises, 'rename', async (from: string, to: string) => {
    if (basename(to) === 'repositories.json') steps.push('rename');
    await original(from, to);
  });
  await store.commit(plan);
  await store.commit(patch(add('app:1')));
  expect(steps).toEqual(['sync', 'rename', 'sync', 'rename', 'sync']);
});

test('who has lost the lock leaves the backup that the next writer relies on', async () => {
  const store = await storeWith(oneTag);
  const { file } = store.location;
  const lock = lockFolderOf(file);
  // The first has backed the old bytes up and is about to rename when its lock is taken over.
  let isDone = false;
  const first = store.commit(plan, {
    get daemon() {
      if (!isDone && fs.existsSync(backupFolderOf(file)) && fs.readdirSync(backupFolderOf(file)).length > 0) {
        isDone = true;
        fs.rmSync(lock, { recursive: true });
        fs.mkdirSync(lock);
      }
      return undefined;
    },
  });
  await expect(first).rejects.toMatchObject({ code: 'WRITE_FAILED' });
  expect(isDone).toBe(true);
  const [backup, ...others] = await store.backups();
  expect(others).toEqual([]);
  expect(Buffer.from((await store.readBackup(backup?.id ?? '')).bytes).toString()).toBe(oneTag);
});

test('a folder without permission to write', async () => {
  const store = await storeWith(oneTag);
  await store.commit(patch(add('app:1')));
  await chmod(folderOf(store), 0o555);
  await chmod(store.location.file, 0o644);
  onTestFinished(() => chmod(folderOf(store), 0o700));
  await asOrdinaryUser(async () => {
    await expect(store.commit(plan)).rejects.toMatchObject({
      code: 'WRITE_FAILED',
      message: expect.stringContaining('could not be opened'),
      hint: expect.stringContaining('as root'),
    });
  });
});

type Handle = Awaited<ReturnType<typeof fsPromises.open>>;

function openReturns(change: (handle: Handle, path: string) => void): void {
  const { open } = fsPromises;
  replaced(fsPromises, 'open', async (...parameters: Parameters<typeof open>) => {
    const handle = await open(...parameters);
    change(handle, String(parameters[0]));
    return handle;
  });
}

function syncOfFails(folder: string, error: Error): void {
  openReturns((handle, path) => {
    const isFolder = path === folder || path.endsWith(`/${basename(folder)}`);
    if (isFolder) handle.sync = () => Promise.reject(error);
  });
}

/** The first time, of the file that is staged: by descriptor, never by path. */
function handleFails(name: 'chown' | 'chmod', error: Error): void {
  let isDone = false;
  openReturns((handle, path) => {
    if (isDone || !path.includes('.refstore-staged-')) return;
    isDone = true;
    handle[name] = () => Promise.reject(error);
    const { stat } = handle;
    // Of another group than the old file: there is something to set.
    handle.stat = (async () => Object.assign(await stat.call(handle), { gid: 4242 })) as typeof stat;
  });
}

function openOfFails(part: string, error: Error): void {
  const { open } = fsPromises;
  let isDone = false;
  replaced(fsPromises, 'open', async (...parameters: Parameters<typeof open>) => {
    if (isDone || !String(parameters[0]).includes(part)) return open(...parameters);
    isDone = true;
    throw error;
  });
}
