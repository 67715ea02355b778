import { rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { chainId } from '../../../src/dataroot/chain-id.ts';
import { cli, cliJson } from '../../support/cli.ts';
import { cliStore, digestA, digestB, healthy, idA, idB, repositories } from '../../support/cli-store.ts';
import { DataRoot, digestOf } from '../../support/data-root.ts';
import { lay, temporaryFolder } from '../../support/temporary-folder.ts';

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
    const { status, stdout } = await cli([...at, 'repair', '--yes']);
    expect(status).toBe(3);
    expect(stdout).toMatch(/^not written: no name .*; 2 of 2 images get no tag back\n/);
    expect(stdout).toContain('docker image prune deletes those without a tag');
    expect(stdout).toContain('repair --lossy file-empty');
    expect(stdout).toContain('repair --rescue-tags');
    expect(stdout).toContain('no backup here names anything');
    expect(await content()).toBe('');
    expect(await beside()).toEqual(['imagedb']);
    const quiet = await cli([...at, 'repair', '--yes', '--quiet']);
    expect(quiet).toMatchObject({ status: 3, stdout: expect.stringContaining('not written: ') });
    const asked = await cli([...at, 'repair'], { columns: 80, input: 'y\n' });
    expect(asked.status).toBe(3);
    expect(await content()).toBe('');
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

/** Two whole entries at A; the name of B is cut off. */
const cut = healthy.slice(0, -20);

describe('a cut file, and an image that loses its name with it', () => {
  test('unattended, nothing is written: it says what the image is, and the ways out', async () => {
    const config = JSON.stringify({
      created: '2026-01-02T03:04:05Z',
      config: { Entrypoint: ['/app'], Cmd: ['--serve\u001b[2J'], Labels: { team: 'shop' } },
      rootfs: { type: 'layers', diff_ids: [digestA, digestB] },
    });
    const id = digestOf(config);
    const named = repositories({
      alpine: { 'alpine:3.20': idA, [`alpine@${digestA}`]: idA },
      app: { 'app:1': id },
    });
    const { at, dataRoot, file, content, beside } = await cliStore(named);
    const root = new DataRoot(dataRoot);
    await root.config(config);
    await rm(join(dataRoot, 'image/overlay2/imagedb/content/sha256', idB.slice(7)));
    await root.layers([digestA, digestB]);
    await lay(dataRoot, {
      [`image/overlay2/layerdb/sha256/${digestA.slice(7)}/size`]: '1000000',
      [`image/overlay2/layerdb/sha256/${chainId(digestA, digestB).slice(7)}/size`]: '2500000',
    });
    expect((await cli([...at, 'tag', id, 'app:2', '--yes'])).status).toBe(0);
    await writeFile(file, cut);
    const before = await beside();
    const { status, stdout, stderr } = await cli([...at, 'repair', '--yes']);
    expect(status).toBe(3);
    expect(stdout).toContain(
      'not written: 2 entries could be saved or proven; 1 of 2 images gets no tag back',
    );
    expect(stdout).toContain(
      `${id.slice(0, 19)}; created 2026-01-02T03:04:05Z; 3.5 MB; command ["/app","--serve\\u001b[2J"]; labels team=shop`,
    );
    expect(stdout).toMatch(
      /the newest good backup, of \S+, holds 3 entries and names 1 of these images: \S+ repair --from backup:/,
    );
    for (const way of [
      'docker-archive:',
      'oci-archive:',
      'lock:',
      'file:',
      '--rescue-tags',
      '--lossy file-cut',
    ]) {
      expect(stdout).toContain(way);
    }
    expect(stderr).not.toContain('would be written');
    expect(await content()).toBe(cut);
    expect(await beside()).toEqual(before);
    const { status: again, document } = await cliJson([...at, 'repair', '--yes']);
    expect({ again, document }).toMatchObject({
      again: 3,
      document: {
        changed: false,
        withheld: 'file-cut',
        prunable: [id],
        loss: { images: [{ imageId: id, size: 3_500_000 }], backup: { entries: 3, named: 1 } },
      },
    });
  });

  test.each([['file-cut=off'], ['image-unnamed=off']])(
    '--severity %s and --level file change nothing about that',
    async (severity) => {
      const { at, content } = await cliStore(cut);
      const { status } = await cli([...at, 'repair', '--yes', '--level', 'file', '--severity', severity]);
      expect(status).toBe(3);
      expect(await content()).toBe(cut);
    },
  );

  test('on a terminal the loss is shown, and the answer decides', async () => {
    const { at, content } = await cliStore(cut);
    const no = await cli([...at, 'repair'], { columns: 80, input: 'n\n' });
    expect(no.status).toBe(3);
    expect(await content()).toBe(cut);
    const yes = await cli([...at, 'repair'], { columns: 80, input: 'y\n' });
    expect(yes.status).toBe(1);
    expect(yes.stderr).toContain('warning: 1 of 2 images gets no tag back: docker image prune deletes it');
    expect(yes.stderr.indexOf('docker image prune deletes it')).toBeLessThan(yes.stderr.indexOf('Go on?'));
    expect(JSON.parse(await content())).toEqual({ Repositories: { alpine: expect.anything() } });
  });

  test('--lossy with the rule accepts it; the image stays a warning for as long as a prune deletes it', async () => {
    const { at, content } = await cliStore(cut);
    const { status, document } = await cliJson([...at, 'repair', '--yes', '--lossy', 'file-cut']);
    expect({ status, document }).toMatchObject({
      status: 1,
      document: {
        changed: true,
        unnamed: [idB],
        remaining: [{ rule: 'image-unnamed', severity: 'warning' }],
      },
    });
    const { Repositories: kept } = JSON.parse(await content()) as { Repositories: Record<string, unknown> };
    expect(repositories({ alpine: kept['alpine'] as Record<string, string> })).toBe(await content());
    expect(await cliJson([...at, 'check'])).toMatchObject({
      status: 1,
      document: { findings: [{ rule: 'image-unnamed', severity: 'warning' }] },
    });
  });

  test('--rescue-tags writes, keeps the image, and untag takes the tag away again', async () => {
    const { at, content } = await cliStore(cut);
    const tag = `refstore-rescued:${idB.slice(7, 19)}`;
    expect((await cli([...at, 'repair', '--yes', '--rescue-tags'])).status).toBe(0);
    expect(JSON.parse(await content()).Repositories['refstore-rescued']).toEqual({ [tag]: idB });
    expect((await cli([...at, 'check'])).status).toBe(0);
    expect(await cliJson([...at, 'repair', '--yes', '--rescue-tags'])).toMatchObject({
      status: 0,
      document: { changed: false },
    });
    expect((await cli([...at, 'untag', '--yes', tag])).status).toBe(0);
    expect((await cli([...at, 'check'])).status).toBe(1);
  });

  test('evidence that cannot be read is told before less is written than it could give', async () => {
    const { at, dataRoot } = await cliStore(cut);
    const elsewhere = await temporaryFolder();
    await symlink(elsewhere, join(dataRoot, 'containers'));
    const { status, stderr } = await cli([...at, 'repair', '--yes', '--quiet', '--lossy', 'file-cut']);
    expect(status).toBe(1);
    expect(stderr).toContain('what might tell more names could not be read');
    expect(stderr).toContain(join(dataRoot, 'containers'));
    const { document } = await cliJson([
      ...(await cliStore(cut)).at,
      'repair',
      '--yes',
      '--lossy',
      'file-cut',
    ]);
    expect(document).toMatchObject({ problems: [] });
  });
});

describe('--choose', () => {
  const ghost = `sha256:${'9'.repeat(64)}`;
  const lost = repositories({ alpine: { 'alpine:3.20': idA }, app: { 'app:1': ghost } });

  test('puts a tag that is lost where it says, also beside --lossy, and a second time changes nothing', async () => {
    const { at, content } = await cliStore(lost);
    const args = [...at, 'repair', '--yes', '--lossy', 'ghost-tag', '--choose', `app:1=${idB}`];
    expect((await cli(args)).status).toBe(0);
    expect(await content()).toBe(lost.replace(ghost, idB));
    expect(await cliJson(args)).toMatchObject({ status: 0, document: { changed: false } });
  });

  test('names an image whose name was cut off, by the beginning of its ID too', async () => {
    const { at, content } = await cliStore(cut);
    expect((await cli([...at, 'repair', '--yes', '--choose', `app:1=${idB.slice(7, 19)}`])).status).toBe(0);
    expect(await content()).toBe(healthy);
  });

  test.each([
    ['a reference that nobody knows', `unknown/tool:1=${idB}`, 'nothing says that this reference was lost'],
    ['a tag that works', `alpine:3.20=${idB}`, 'nothing says that this reference was lost'],
    ['an image that is not here', `app:1=sha256:${'8'.repeat(64)}`, 'there is no such image here'],
  ])('of %s is an error, and nothing is written', async (_, choice, message) => {
    const { at, content } = await cliStore(lost);
    const { status, stderr } = await cli([...at, 'repair', '--yes', '--choose', choice]);
    expect({ status, stderr }).toMatchObject({ status: 2, stderr: expect.stringContaining(message) });
    expect(await content()).toBe(lost);
  });
});
