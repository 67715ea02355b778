import { rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cli, cliJson } from '../../support/cli.ts';
import { cliStore, healthy, idB, repositories } from '../../support/cli-store.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

describe('an image db that cannot be read', () => {
  const lossy = ['--lossy', 'ghost-tag', '--lossy', 'ghost-digest', '--yes'];

  test('is no image db without images: nothing is removed, and that is said', async () => {
    const { dataRoot, content, at } = await cliStore();
    const before = await content();
    const elsewhere = join(await temporaryFolder(), 'image');
    await rename(join(dataRoot, 'image'), elsewhere);
    await symlink(elsewhere, join(dataRoot, 'image'));
    const { status, stdout } = await cli([...at, 'repair', ...lossy]);
    expect(status).toBe(1);
    expect(stdout).toContain('the image db could not be read');
    expect(stdout).toContain(elsewhere);
    expect(await content()).toBe(before);
  });

  test('check says so as an error, and nothing else of images', async () => {
    const { dataRoot, at } = await cliStore();
    const elsewhere = join(await temporaryFolder(), 'imagedb');
    await rename(join(dataRoot, 'image/overlay2/imagedb'), elsewhere);
    await symlink(elsewhere, join(dataRoot, 'image/overlay2/imagedb'));
    const { status, document } = await cliJson([...at, 'check']);
    expect({ status, document }).toMatchObject({
      status: 1,
      document: { findings: [{ rule: 'not-examined', severity: 'error' }] },
    });
  });
});

describe('an emptied file', () => {
  test('nothing proves a name: nothing is written, and the way out is told', async () => {
    const { at, content, beside } = await cliStore('');
    const { status, stdout, stderr } = await cli([...at, 'repair', '--yes']);
    expect(status).toBe(1);
    expect(stderr).toContain('2 of 2 images get no name back');
    expect(stdout).toMatch(/^not written: .*2 of 2 images get no name back\n/);
    expect(stdout).toContain('docker image prune deletes them');
    expect(stdout).toContain('repair --lossy file-empty');
    expect(stdout).toContain('no backup here names anything');
    expect(await content()).toBe('');
    expect(await beside()).toEqual(['imagedb']);
    const quiet = await cli([...at, 'repair', '--yes', '--quiet']);
    expect(quiet).toMatchObject({ status: 1, stdout: expect.stringContaining('not written: ') });
  });

  test('an empty store is written where the user says so, and is not called clean', async () => {
    const { at, content } = await cliStore('');
    const { status, document } = await cliJson([...at, 'repair', '--yes', '--lossy', 'file-empty']);
    expect({ status, document }).toMatchObject({
      status: 1,
      document: {
        changed: true,
        withheld: null,
        remaining: [{ severity: 'warning' }, { severity: 'warning' }],
      },
    });
    expect(await content()).toBe('{"Repositories":{}}');
    expect((await cli([...at, 'check'])).status).toBe(1);
  });

  test('the newest backup that names anything is named, and brings the names back', async () => {
    const { at, file, content } = await cliStore();
    expect((await cli([...at, 'tag', idB, 'app:2', '--yes'])).status).toBe(0);
    await writeFile(file, '');
    const { stdout } = await cli([...at, 'repair', '--yes']);
    const id = /--from (backup:\S+)/.exec(stdout)?.[1] ?? '';
    expect((await cli([...at, 'repair', '--yes', '--from', id])).status).toBe(0);
    expect(await content()).toBe(healthy);
  });
});

test('a cut file is written with the name that was whole; the image that lost its own is a warning: status 1', async () => {
  const { at, content } = await cliStore(healthy.slice(0, -20));
  const { status, document } = await cliJson([...at, 'repair', '--yes']);
  expect({ status, document }).toMatchObject({
    status: 1,
    document: { changed: true, unnamed: [idB], remaining: [{ rule: 'image-unnamed', severity: 'warning' }] },
  });
  const { Repositories: kept } = JSON.parse(await content()) as { Repositories: Record<string, unknown> };
  expect(repositories({ alpine: kept['alpine'] as Record<string, string> })).toBe(await content());
});
