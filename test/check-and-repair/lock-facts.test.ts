import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lockFacts } from '../../src/check-and-repair/lock-facts.ts';
import { lockFolderOf } from '../../src/store/lock.ts';
import { describeHolder, holderFileName, thisProcess } from '../../src/store/lock-holder.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const someFile = async () => join(await temporaryFolder(), 'repositories.json');

async function locked(file: string, pid = process.pid) {
  const holder = { ...thisProcess('refstore patch'), pid };
  await mkdir(lockFolderOf(file));
  await writeFile(join(lockFolderOf(file), holderFileName('0'.repeat(32))), JSON.stringify(holder));
  return holder;
}

test('no lock', async () => {
  expect(await lockFacts(await someFile())).toBeUndefined();
});

test('a lock that is held, and one whose holder is gone', async () => {
  const [held, left] = [await someFile(), await someFile()];
  const holder = describeHolder(await locked(held));
  expect(await lockFacts(held)).toEqual({ path: lockFolderOf(held), stale: false, holder });
  await locked(left, spawnSync('true').pid);
  expect(await lockFacts(left)).toMatchObject({ stale: true });
});

test('what is no lock is not said to be one that is taken over', async () => {
  const [file, other] = [await someFile(), await someFile()];
  const path = lockFolderOf(file);
  await writeFile(path, '');
  expect(await lockFacts(file)).toEqual({ path, stale: false, obstacle: `${path} is a file` });
  await mkdir(lockFolderOf(other));
  await writeFile(join(lockFolderOf(other), 'notes'), '');
  expect(await lockFacts(other)).toMatchObject({
    stale: false,
    obstacle: `${join(lockFolderOf(other), 'notes')} is a file that is not refstore’s`,
  });
});
