import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeImage } from '../../e2e/support/images.ts';
import { cli, cliJson } from '../../support/cli.ts';
import { type Behaviour, FakeDaemon } from '../../support/fake-daemon.ts';
import { archiveOf, layoutOf } from '../../support/layouts.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const images = ['one', 'two', 'three'].map((name) => {
  const image = makeImage(name);
  const tag = `registry.example.com/${name}:1.0`;
  const reference = `registry.example.com/${name}@${image.manifests.oci.digest}`;
  return { image, tag, reference };
});

interface Loaded {
  readonly archives: readonly { readonly archive: string; readonly alreadyThere: boolean }[];
  readonly said: readonly string[];
}

async function loadJson(args: readonly string[]): Promise<{ status: number; document: Loaded }> {
  const { status, document } = await cliJson(args);
  return { status, document: document as Loaded };
}

/** Two archives, and a folder with the third. */
async function archives(): Promise<string[]> {
  const [one, two, three] = await Promise.all(
    images.map(({ image, tag }) => archiveOf(layoutOf(image, tag))),
  );
  const folder = join(await temporaryFolder(), 'more');
  await mkdir(folder);
  await rename(three as string, join(folder, 'three.tar'));
  return [one as string, two as string, folder];
}

async function setUp(behaviour: Behaviour = {}) {
  const daemon = await FakeDaemon.start('{"Repositories":{}}', [], behaviour);
  const commands = ['--stop-command', daemon.stopCommand, '--start-command', daemon.startCommand];
  return { daemon, at: ['--host', daemon.host], restart: ['--yes', '--restart', ...commands] };
}

test('several archives and a folder of them: one plan, one table, one restart, every digest', async () => {
  const { daemon, at, restart } = await setUp();
  const paths = await archives();
  const { status, stdout, stderr } = await cli([...at, 'load', ...paths, ...restart]);
  expect({ status, stderr }).toMatchObject({ status: 0 });
  expect(stdout).toMatch(/^ARCHIVE +IMAGES +RESULT +NAMES\n/);
  expect(stdout.match(/ loaded /g)).toHaveLength(3);
  expect(stdout).toContain('loaded: 3 images of 3 archives\n');
  expect(stdout).toContain('3 digests restored\n');
  for (const { image, reference } of images) {
    expect((await daemon.engine.inspectImage(reference))?.id).toBe(image.id);
  }
  expect((await daemon.log()).match(/API listen on/g)).toHaveLength(2);
});

test('what is there already is not loaded again, so a run that was interrupted goes on', async () => {
  const { at, restart } = await setUp();
  const [first = '', ...rest] = await archives();
  expect(await cli([...at, 'load', first, ...restart])).toMatchObject({ status: 0 });
  const second = await loadJson([...at, 'load', first, ...rest, ...restart]);
  expect(second).toMatchObject({ status: 0 });
  expect(second.document.archives.map(({ alreadyThere }) => alreadyThere)).toEqual([true, false, false]);
  expect(second.document.said).toHaveLength(2);
  const third = await loadJson([...at, 'load', first, ...rest, '--yes']);
  expect(third).toMatchObject({ status: 0, document: { said: [], digests: { restored: [] } } });
});

test('with the containerd image store, without a restart', async () => {
  const { daemon, at } = await setUp({ containerd: true });
  const paths = await archives();
  const { status, document } = await loadJson([...at, 'load', ...paths, '--yes']);
  expect({ status, document }).toMatchObject({ status: 0, document: { archive: null, write: null } });
  for (const { image, tag } of images) {
    expect((await daemon.engine.inspectImage(tag))?.id).toBe(image.manifests.oci.digest);
  }
  const again = await loadJson([...at, 'load', ...paths, '--yes']);
  expect(again.document.archives.map(({ alreadyThere }) => alreadyThere)).toEqual([true, true, true]);
});

test('two archives that give one name to different images: nothing is loaded', async () => {
  const { daemon, at, restart } = await setUp();
  const [one, two] = images;
  if (one === undefined || two === undefined) throw new Error('no images');
  const paths = await Promise.all([one, two].map(({ image }) => archiveOf(layoutOf(image, one.tag))));
  const { status, stderr } = await cli([...at, 'load', ...paths, ...restart]);
  expect({ status, stderr }).toMatchObject({
    status: 2,
    stderr: expect.stringContaining(`different images that would both be called ${one.tag}`),
  });
  expect(await daemon.engine.images()).toEqual([]);
});

test('an archive that cannot be read keeps the others from being loaded; --as is for one', async () => {
  const { daemon, at, restart } = await setUp();
  const [first = ''] = await archives();
  expect(await cli([...at, 'load', first, `${first}.gone`, ...restart])).toMatchObject({ status: 2 });
  expect(await cli([...at, 'load', first, `${first}.gone`, '--as=a:1', ...restart])).toMatchObject({
    status: 2,
  });
  expect(await daemon.engine.images()).toEqual([]);
});
