import { describe, expect, test } from 'vitest';
import { dockerArchive, makeIndex } from '../../e2e/support/images.ts';
import { cli, cliJson } from '../../support/cli.ts';
import { type Behaviour, FakeDaemon } from '../../support/fake-daemon.ts';
import { appName, archiveFile, archiveOf, armX, imageX, layout, layoutOf } from '../../support/layouts.ts';

const empty = '{"Repositories":{}}';
const tag = `${appName}:1.0`;
const { digest } = imageX.manifests.oci;
const reference = `${appName}@${digest}`;

async function setUp(behaviour: Behaviour = {}) {
  const daemon = await FakeDaemon.start(empty, [], behaviour);
  const commands = ['--stop-command', daemon.stopCommand, '--start-command', daemon.startCommand];
  return { daemon, at: ['--host', daemon.host], restart: ['--yes', '--restart', ...commands] };
}

const archive = () => archiveOf(layoutOf(imageX, tag));

describe("into a daemon's own image store", () => {
  test('the plan is shown, the image loaded, its digest written, the daemon restarted', async () => {
    const { daemon, at, restart } = await setUp();
    const path = await archive();
    const { status, stdout, stderr } = await cli([...at, 'load', path, ...restart]);
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(stderr).toContain(`${path} is loaded into the daemon's own image store:\n`);
    expect(stderr).toContain(`  ${imageX.id} (linux/amd64) as ${tag}\n  and its digest: ${reference}\n`);
    expect(stderr).toContain('    (write the digests)\n');
    expect(stdout).toContain(`loaded: 1 image of ${path}\nwritten to ${daemon.file}: 1 added\n`);
    expect(stdout).toMatch(/\n1 digest restored\n$/);
    expect(await daemon.engine.inspectImage(reference)).toEqual({
      id: imageX.id,
      tags: [tag],
      digests: [reference],
    });
    const again = await cli([...at, 'load', path, '--yes']);
    expect(again).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('0 digests restored, 1 there already'),
    });
  });

  test('without a way to write the digests nothing is loaded: status 3', async () => {
    const { daemon, at } = await setUp();
    const { status, stderr } = await cli([...at, 'load', await archive(), '--yes']);
    expect({ status, stderr }).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('--restart=stop-start'),
    });
    expect(await daemon.engine.images()).toEqual([]);
  });

  test('nobody to ask: nothing is loaded, status 2', async () => {
    const { daemon, at, restart } = await setUp();
    expect(await cli([...at, 'load', await archive(), ...restart.slice(1)])).toMatchObject({ status: 2 });
    expect(await daemon.engine.images()).toEqual([]);
    expect(await daemon.content()).toBe(empty);
  });

  test('--dry-run shows it all', async () => {
    const { daemon, at } = await setUp();
    const { status, document } = await cliJson([...at, 'load', await archive(), '--dry-run']);
    expect({ status, document }).toMatchObject({
      status: 0,
      document: {
        schema: 'docker-refstore/load/v1',
        imageStore: 'graphdriver',
        images: [{ imageId: imageX.id, digest, platform: 'linux/amd64', tags: [tag] }],
        dryRun: true,
        said: [],
        digests: { restored: [{ reference, imageId: imageX.id }], notRestored: [] },
        write: null,
      },
    });
    expect(await daemon.engine.images()).toEqual([]);
  });

  test('of an index it is the index’s digest; the one of another platform cannot have it too', async () => {
    const { daemon, at, restart } = await setUp();
    const index = makeIndex('oci', { amd64: imageX, arm64: armX });
    const blobs = [imageX, armX].flatMap(({ manifests, config, layer }) => [manifests.oci, config, layer]);
    const path = await archiveOf(layout([{ top: index, name: tag }], blobs));
    expect(await cli([...at, 'load', path, ...restart])).toMatchObject({ status: 0 });
    const found = await daemon.engine.inspectImage(`${appName}@${index.digest}`);
    expect(found?.id).toBe(imageX.id);
    const { status, document } = await cliJson([
      ...at,
      'load',
      path,
      '--platform',
      'linux/arm64',
      ...restart,
    ]);
    expect({ status, document }).toMatchObject({
      status: 1,
      document: {
        moved: [{ tag, from: imageX.id, to: armX.id }],
        digests: { restored: [], notRestored: [{ reason: 'held-by-another', imageId: armX.id }] },
      },
    });
  });

  test('what docker save wrote is loaded without a restart, and what it lacks is said', async () => {
    const { daemon, at } = await setUp();
    const path = await archiveFile(dockerArchive(imageX, [tag]));
    const { status, stderr } = await cli([...at, 'load', path, '--yes']);
    expect({ status, stderr }).toMatchObject({
      status: 0,
      stderr: expect.stringContaining(
        'does not keep the digests of a registry: none can be restored from it',
      ),
    });
    expect(await daemon.engine.inspectImage(tag)).toMatchObject({ id: imageX.id });
  });

  test('a daemon of another data root than was named', async () => {
    const { at, restart } = await setUp();
    const other = await FakeDaemon.create(empty, []);
    const named = [...at, '--data-root', other.dataRoot];
    const { stderr } = await cli([...named, 'load', await archive(), ...restart]);
    expect(stderr).toMatch(/works on \S+, not on /);
  });
});

test('into the containerd image store: sent, asked for, nothing restarted', async () => {
  const { daemon, at } = await setUp({ containerd: true });
  const { status, stdout } = await cli([...at, 'load', await archive(), '--yes']);
  expect({ status, stdout }).toMatchObject({
    status: 0,
    stdout: expect.stringContaining(`${tag} is ${digest}: the daemon says so\n`),
  });
  expect(await daemon.content()).toBe(empty);
  const { document } = await cliJson([...at, 'load', await archive(), '--yes']);
  expect(document).toMatchObject({
    imageStore: 'containerd',
    images: [{ imageId: digest, digest }],
    // It is there already.
    archives: [{ alreadyThere: true }],
    said: [],
    digests: null,
    write: null,
  });
});

test('a daemon that says something else afterwards: status 6', async () => {
  const { at } = await setUp({ containerd: true, loadsAs: `sha256:${'0'.repeat(64)}` });
  expect(await cli([...at, 'load', await archive(), '--yes'])).toMatchObject({ status: 6 });
});

test('standard input, a file by itself, no daemon, no archive', async () => {
  const { at } = await setUp();
  expect(await cli([...at, 'load', '-'])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('save it to a file first'),
  });
  expect(await cli(['load', await archive(), '--yes'])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('cannot connect to the Docker daemon'),
  });
  expect(await cli([...at, 'load', '/nowhere/a.tar'])).toMatchObject({ status: 2 });
  const file = await archiveFile(Buffer.from(empty));
  expect(await cli([...at, '--file', file, 'load', await archive()])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('leave --file out'),
  });
});
