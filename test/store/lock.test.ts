import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { lstat, lutimes, mkdir, readdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { acquireLock, type HeldLock, lockFolderOf } from '../../src/store/lock.ts';
import { lockFileSystem } from '../../src/store/lock-folder.ts';
import { holderFileName, thisProcess } from '../../src/store/lock-holder.ts';
import { lockState } from '../../src/store/lock-watch.ts';
import { add, leftovers, oneTag, patch, storeWith } from '../support/store.ts';
import { replaced } from '../support/system.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const options = { timeoutMs: 0, command: 'test', signal: undefined };
const aMinute = 60_000;

async function acquire(
  file: string,
  more: Partial<Parameters<typeof acquireLock>[1]> = {},
): Promise<HeldLock> {
  const lock = await acquireLock(file, { ...options, ...more });
  onTestFinished(() => lock.release());
  return lock;
}

async function someFile(): Promise<string> {
  return join(await temporaryFolder(), 'repositories.json');
}

/** The lock of another process, made `ageMs` ago. */
async function foreignLock(file: string, holder: object, ageMs = 0): Promise<void> {
  const folder = lockFolderOf(file);
  await mkdir(folder);
  await writeFile(join(folder, holderFileName('f'.repeat(32))), JSON.stringify(holder));
  const time = new Date(Date.now() - ageMs);
  await utimes(folder, time, time);
}

const someone = {
  pid: 1,
  command: 'refstore patch',
  host: 'another-host',
  since: '2026-01-02T03:04:05.678Z',
};

/** A process of this host that has ended. */
const aGoneHolder = () => ({ ...thisProcess('refstore patch'), pid: spawnSync('true').pid });

async function utimesOf(path: string, ageMs: number): Promise<void> {
  const time = new Date(Date.now() - ageMs);
  await lutimes(path, time, time);
}

describe('a lock that is not to be had', () => {
  test('names who holds it: process, command, host, since when', async () => {
    const file = await someFile();
    await acquire(file, { command: 'refstore repair' });
    await expect(acquireLock(file, options)).rejects.toMatchObject({
      code: 'LOCKED',
      message: expect.stringMatching(
        `^${file} is locked by process ${process.pid} \\(refstore repair\\) on ${hostname()} since \\d{4}-.*Z$`,
      ),
      details: { holder: { pid: process.pid, command: 'refstore repair', host: hostname() } },
    });
  });

  test('is told to who waits, once', async () => {
    const file = await someFile();
    await acquire(file, { command: 'refstore restart' });
    const told: unknown[] = [];
    const waiting = acquireLock(file, {
      ...options,
      timeoutMs: 1_500,
      onWait: (holder) => told.push(holder),
    });
    await expect(waiting).rejects.toMatchObject({ code: 'LOCKED' });
    expect(told).toMatchObject([{ pid: process.pid, command: 'refstore restart' }]);
  });

  test.each(['', '{', 'null', '{"pid":"1"}', 'x'.repeat(10_000)])(
    'says so when the holder file says nothing usable (%#)',
    async (content) => {
      const file = await someFile();
      await foreignLock(file, someone);
      await writeFile(join(lockFolderOf(file), holderFileName('f'.repeat(32))), content);
      await expect(acquireLock(file, options)).rejects.toMatchObject({
        code: 'LOCKED',
        message: `${file} is locked by another process`,
      });
    },
  );

  test('is waited for', async () => {
    const file = await someFile();
    const first = await acquire(file);
    const second = acquireLock(file, { ...options, timeoutMs: 5_000 });
    await first.release();
    const lock = await second;
    expect(await lock.lost()).toBeUndefined();
    await lock.release();
  });

  test('is not waited for once the caller stops it', async () => {
    const file = await someFile();
    await acquire(file);
    const controller = new AbortController();
    const waiting = acquireLock(file, { ...options, timeoutMs: aMinute, signal: controller.signal });
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' });
  });

  test('cannot be had in a folder that is not there', async () => {
    const file = join(await temporaryFolder(), 'none', 'repositories.json');
    await expect(acquireLock(file, options)).rejects.toMatchObject({
      code: 'WRITE_FAILED',
      message: expect.stringContaining('there is no folder'),
    });
  });
});

describe('a lock that is held', () => {
  test('is kept fresh, so that nobody takes it over', async () => {
    const file = await someFile();
    const lock = await acquire(file, { staleMs: 2_000 });
    const other = acquireLock(file, { ...options, timeoutMs: 3_000, staleMs: 2_000 });
    await expect(other).rejects.toMatchObject({ code: 'LOCKED' });
    expect(await lock.lost()).toBeUndefined();
  });

  test('is lost to who took it over while this process stood still', async () => {
    const file = await someFile();
    const lock = await acquire(file);
    await rm(lockFolderOf(file), { recursive: true });
    await foreignLock(file, someone);
    expect(await lock.lost()).toMatchObject({
      code: 'LOCKED',
      message: `process 1 (refstore patch) on another-host has taken over the lock of ${file}, because this process stood still for too long`,
    });
    await lock.release();
    expect(await readdir(lockFolderOf(file))).toEqual([holderFileName('f'.repeat(32))]);
  });

  test('is lost when it was removed', async () => {
    const file = await someFile();
    const lock = await acquire(file);
    await rm(lockFolderOf(file), { recursive: true });
    expect(await lock.lost()).toMatchObject({ code: 'WRITE_FAILED' });
  });

  test('is lost when proper-lockfile finds it compromised', async () => {
    const file = await someFile();
    const lock = await acquire(file, { staleMs: 2_000 });
    await utimes(lockFolderOf(file), 1, 1);
    let lost: unknown;
    for (let i = 0; i < 100 && lost === undefined; i++) {
      await delay(50);
      lost = await lock.lost();
    }
    expect(lost).toMatchObject({
      code: 'WRITE_FAILED',
      message: expect.stringContaining(
        'could not be kept fresh, or was touched by others, while it was held',
      ),
    });
    await lock.release();
    await expect(stat(lockFolderOf(file))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('stops the commit before the rename', async () => {
    const store = await storeWith(oneTag);
    const { file } = store.location;
    const commit = store.commit(async () => {
      await rm(lockFolderOf(file), { recursive: true });
      await foreignLock(file, someone);
      return patch(add('alpine:3.21'));
    });
    await expect(commit).rejects.toMatchObject({ code: 'LOCKED' });
    expect(Buffer.from((await store.read()).bytes).toString()).toBe(oneTag);
    expect(await leftovers(store)).toEqual(['repositories.json.lock']);
  });
});

describe('what stands in the way of a lock', () => {
  const take = (file: string) => acquireLock(file, { ...options, timeoutMs: aMinute });

  test.each([
    ['a file', (path: string) => writeFile(path, '')],
    ['a symbolic link', (path: string) => symlink('nowhere', path)],
  ])('is named: %s', async (what, make) => {
    const file = await someFile();
    const folder = lockFolderOf(file);
    await make(folder);
    await expect(take(file)).rejects.toMatchObject({
      code: 'LOCKED',
      message: `${file} cannot be locked: ${folder} is ${what}`,
      hint: expect.stringContaining(`remove ${folder}`),
      details: { obstacle: folder },
    });
    await utimesOf(folder, aMinute);
    await expect(take(file)).rejects.toMatchObject({ code: 'LOCKED' });
    expect((await lstat(folder)).isDirectory()).toBe(false);
  });

  test.each([0, aMinute])('is named: a foreign file in the folder, %i ms old', async (age) => {
    const file = await someFile();
    const path = join(lockFolderOf(file), 'notes.txt');
    await foreignLock(file, someone, age);
    await writeFile(path, '');
    await rm(join(lockFolderOf(file), holderFileName('f'.repeat(32))));
    await utimesOf(lockFolderOf(file), age);
    await expect(take(file)).rejects.toMatchObject({
      code: 'LOCKED',
      message: `${file} cannot be locked: ${path} is a file that is not refstore’s`,
      hint: expect.stringContaining(`remove ${path}`),
    });
    expect(await readdir(lockFolderOf(file))).toEqual(['notes.txt']);
  });

  test('is named: a foreign file beside a holder that is gone', async () => {
    const file = await someFile();
    await foreignLock(file, aGoneHolder());
    await writeFile(join(lockFolderOf(file), 'notes.txt'), '');
    await expect(take(file)).rejects.toMatchObject({ message: expect.stringContaining('notes.txt') });
  });
});

describe('the lock of a process that is known to be gone', () => {
  test('is taken over at once', async () => {
    const file = await someFile();
    await foreignLock(file, aGoneHolder());
    expect(await (await acquire(file)).lost()).toBeUndefined();
    expect(await readdir(lockFolderOf(file))).toHaveLength(1);
  });

  test('also when its number is that of another process by now', async () => {
    const file = await someFile();
    const reused = thisProcess('refstore patch');
    await foreignLock(file, { ...reused, process: { ...reused.process, started: '1' } });
    expect(await (await acquire(file)).lost()).toBeUndefined();
  });

  test('is had by one of many who find it', async () => {
    const file = await someFile();
    await foreignLock(file, aGoneHolder());
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => acquire(file)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  const other = (change: object) => ({ ...aGoneHolder(), ...change });
  test.each([
    ['its host is another', () => other({ host: 'another-host' })],
    ['it may be of another boot, or host of the same name', () => otherIdentity({ boot: 'another' })],
    ['it may be of another container', () => otherIdentity({ namespace: 'pid:[1]' })],
    ['it does not tell', () => other({ process: undefined })],
    ['it is there', () => thisProcess('refstore patch')],
  ])('is not taken over when that is not known: %s', async (_, holder) => {
    const file = await someFile();
    await foreignLock(file, holder());
    await expect(acquireLock(file, options)).rejects.toMatchObject({ code: 'LOCKED' });
    expect(await readdir(lockFolderOf(file))).toHaveLength(1);
  });

  function otherIdentity(change: object): object {
    const holder = aGoneHolder();
    return { ...holder, process: { ...holder.process, ...change } };
  }
});

describe('the lock of a process that crashed', () => {
  const aDay = 86_400_000;
  test.each([
    ['made just now', 0],
    ['made long ago', aDay],
    ['dated in the future, as after a power cut with a dead clock', -aDay],
    ['dated as far in the future as it can be', -100 * 365 * aDay],
  ])('is taken over when it stands unchanged while it is watched, and not before: %s', async (_, age) => {
    const file = await someFile();
    await foreignLock(file, someone, age);
    await expect(acquireLock(file, { ...options, timeoutMs: 500, staleMs: 2_000 })).rejects.toMatchObject({
      code: 'LOCKED',
    });
    const lock = await acquire(file, { timeoutMs: aMinute, staleMs: 2_000 });
    expect(await lock.lost()).toBeUndefined();
    expect(await readdir(lockFolderOf(file))).toHaveLength(1);
  });

  test('is not taken over as long as somebody refreshes it, whatever his clock says', async () => {
    const file = await someFile();
    await foreignLock(file, someone, aDay);
    let seconds = 1;
    const refresh = setInterval(() => {
      seconds++;
      void utimes(lockFolderOf(file), seconds, seconds);
    }, 200);
    onTestFinished(() => clearInterval(refresh));
    const waiting = acquireLock(file, { ...options, timeoutMs: 3_000, staleMs: 2_000 });
    await expect(waiting).rejects.toMatchObject({ code: 'LOCKED' });
  });

  test.each([0, -aDay])(
    'does not count when it names nobody: a kill came before (%i ms old)',
    async (age) => {
      const store = await storeWith(oneTag);
      const folder = lockFolderOf(store.location.file);
      await mkdir(folder);
      await utimesOf(folder, age);
      // Much less than a lock that names somebody takes to go stale.
      const result = await store.commit(patch(add('alpine:3.21')), { lockTimeoutMs: 1_000 });
      expect(result).toMatchObject({ changed: true });
      expect(await leftovers(store)).toEqual([]);
    },
  );

  /** Who has seen the lock as it stands, for too long. */
  const contender = async (letter: string, file: string) => {
    const stale = await lockState(lockFolderOf(file));
    const system = lockFileSystem({ token: letter.repeat(32), content: '{}', stale });
    return {
      mkdir: promisify(system.mkdir),
      rmdir: promisify(system.rmdir),
      name: holderFileName(letter.repeat(32)),
    };
  };

  test('is taken over by one of two who find it at once, however late the other removes it', async () => {
    const file = await someFile();
    const folder = lockFolderOf(file);
    await foreignLock(file, someone, aMinute);
    const [a, b] = [await contender('a', file), await contender('b', file)];
    await a.rmdir(folder);
    await a.mkdir(folder);
    await expect(b.rmdir(folder)).rejects.toMatchObject({ code: 'ELOCKED' });
    expect(await readdir(folder)).toEqual([a.name]);
  });

  test('nor does it help the other to have looked before', async () => {
    const file = await someFile();
    const folder = lockFolderOf(file);
    await foreignLock(file, someone, aMinute);
    const [a, b] = [await contender('a', file), await contender('b', file)];
    const { rm: original } = fs.promises;
    let first = true;
    replaced(fs.promises, 'rm', async (...parameters: Parameters<typeof rm>) => {
      if (first) {
        first = false;
        await rm(folder, { recursive: true });
        await a.mkdir(folder);
      }
      await original(...parameters);
    });
    await expect(b.rmdir(folder)).rejects.toMatchObject({ code: 'ELOCKED' });
    expect(await readdir(folder)).toEqual([a.name]);
  });

  test('is not had by who made the folder but had it removed before naming itself', async () => {
    const file = await someFile();
    const folder = lockFolderOf(file);
    const { mkdir: original } = fs;
    replaced(fs, 'mkdir', (path: string, more: fs.MakeDirectoryOptions, done: (error: unknown) => void) =>
      original(path, more, (error) => fs.rmdir(path, () => done(error))),
    );
    const { mkdir: make } = await contender('a', file);
    await expect(make(folder)).rejects.toMatchObject({ code: 'EEXIST' });
  });
});
