import { rename, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cli, cliJson } from '../../support/cli.ts';
import { cliStore } from '../../support/cli-store.ts';
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
