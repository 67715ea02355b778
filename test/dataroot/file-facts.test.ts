import { execFileSync } from 'node:child_process';
import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { gatherFileFacts } from '../../src/dataroot/file-facts.ts';
import { stagedPattern } from '../../src/store/stage.ts';
import { DataRoot } from '../support/data-root.ts';
import { asOrdinaryUser } from '../support/system.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const text = '{"Repositories":{}}';

async function storeWith(content: string | undefined) {
  const root = await DataRoot.make();
  if (content !== undefined) await root.write('image/overlay2/repositories.json', content);
  return root.location;
}

const [uid, gid] = [process.getuid?.(), process.getgid?.()];

test('a file', async () => {
  const location = await storeWith(text);
  await chmod(location.file, 0o640);
  expect(await gatherFileFacts(location)).toEqual({
    path: location.file,
    kind: 'file',
    bytes: new Uint8Array(Buffer.from(text)),
    mode: 0o640,
    uid,
    gid,
    folder: { uid, gid },
    leftovers: [],
  });
});

test('no file, and not even a folder', async () => {
  const location = await storeWith(undefined);
  expect(await gatherFileFacts(location)).toEqual({
    path: location.file,
    kind: 'missing',
    folder: { uid, gid },
    leftovers: [],
  });
  await rm(dirname(location.file), { recursive: true });
  expect(await gatherFileFacts(location)).toEqual({ path: location.file, kind: 'missing', leftovers: [] });
});

test('a folder or a fifo in its place', async () => {
  const location = await storeWith(undefined);
  await mkdir(location.file);
  expect(await gatherFileFacts(location)).toMatchObject({ kind: 'directory' });
  await rm(location.file, { recursive: true });
  execFileSync('mkfifo', [location.file]);
  expect(await gatherFileFacts(location)).toMatchObject({ kind: 'other' });
});

describe('a link', () => {
  test('to a file in the data root is read, as the daemon reads it', async () => {
    const location = await storeWith(undefined);
    await writeFile(join(dirname(location.file), 'real.json'), text);
    await symlink('real.json', location.file);
    expect(await gatherFileFacts(location)).toMatchObject({
      kind: 'symlink',
      link: { target: 'real.json', dangling: false },
      bytes: new Uint8Array(Buffer.from(text)),
      mode: 0o644,
    });
  });

  test('that leads nowhere, to itself, to a folder', async () => {
    const location = await storeWith(undefined);
    for (const [target, dangling] of [
      ['none.json', true],
      ['repositories.json', true],
      ['imagedb', false],
    ] as const) {
      await symlink(target, location.file);
      const facts = await gatherFileFacts(location);
      expect(facts).toMatchObject({ kind: 'symlink', link: { target, dangling } });
      expect(facts.bytes).toBeUndefined();
      await rm(location.file);
    }
  });

  test.each([true, false])('out of the data root is not followed (data root known: %s)', async (isKnown) => {
    const outside = join(await temporaryFolder(), 'secret');
    await writeFile(outside, 'secret');
    const location = await storeWith(undefined);
    await symlink(outside, location.file);
    const facts = await gatherFileFacts(isKnown ? location : { ...location, dataRoot: undefined });
    expect(facts).toMatchObject({ kind: 'symlink', link: { target: outside, dangling: false } });
    expect(facts).not.toHaveProperty('bytes');
    expect(facts).not.toHaveProperty('mode');
  });
});

describe('what was left beside it', () => {
  const staged = `.refstore-staged-${'0'.repeat(32)}`;

  test('temporary files of the daemon, and ours while nobody holds the lock', async () => {
    const location = await storeWith(text);
    const folder = dirname(location.file);
    for (const name of ['.tmp-repositories.json', '.tmp-repositories.json123', staged]) {
      await writeFile(join(folder, name), 'half');
    }
    for (const name of [
      '.tmp-repositories.json.swp',
      'x.tmp-repositories.json1',
      'repositories.json.backups',
    ]) {
      await writeFile(join(folder, name), '');
    }
    const names = async (options: Parameters<typeof gatherFileFacts>[1]) =>
      (await gatherFileFacts(location, options)).leftovers.map(({ name }) => name).sort();
    const daemons = ['.tmp-repositories.json', '.tmp-repositories.json123'];
    const lock = { path: `${location.file}.lock`, stale: false };
    expect(await names({})).toEqual(daemons);
    expect(await names({ ownLeftover: stagedPattern })).toEqual([staged, ...daemons]);
    expect(await names({ ownLeftover: stagedPattern, lock })).toEqual(daemons);
    expect(await names({ ownLeftover: stagedPattern, lock: { ...lock, stale: true } })).toEqual([
      staged,
      ...daemons,
    ]);
    expect((await gatherFileFacts(location, { lock })).lock).toEqual(lock);
    expect((await gatherFileFacts(location)).leftovers[0]?.size).toBe(4);
  });
});

test('a file that may not be read is an error', async () => {
  const location = await storeWith(text);
  await chmod(location.file, 0);
  await asOrdinaryUser(async () => {
    await expect(gatherFileFacts(location)).rejects.toMatchObject({ code: 'READ_FAILED' });
  });
});
