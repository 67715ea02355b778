import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readContainers } from '../../src/dataroot/containers.ts';
import { Folder } from '../../src/system/folder.ts';
import { Problems } from '../../src/system/problems.ts';
import { ProgressTracker } from '../../src/util/progress.ts';
import { DataRoot, digestOf, sha256 } from '../support/data-root.ts';
import { healthySamples, unpackSample } from '../support/sample.ts';

async function read(path: string, { driver }: { driver: string | undefined } = { driver: 'overlay2' }) {
  const problems = new Problems();
  const containers = await readContainers(Folder.open(path), driver, {
    tracker: new ProgressTracker({}),
    problems,
  });
  return { containers, problems: problems.list };
}

test.each(healthySamples)('the containers of %s', async (sample) => {
  const { containers, problems } = await read(await unpackSample(sample));
  expect(problems).toEqual([]);
  expect(containers.map(({ name }) => name).sort()).toEqual(['bydigest', 'byid', 'byshort', 'bytag']);
  expect(containers.find(({ name }) => name === 'bytag')).toEqual({
    id: expect.stringMatching(/^[a-f0-9]{64}$/),
    name: 'bytag',
    image: '127.0.0.1:5001/demo/app:1.1',
    imageId: 'sha256:9a919eaa9b32b43b712ab68a950aa04112462effb1b4d548951c502f96b58dac',
    running: false,
    created: expect.stringMatching(/^2026-11-22T01:/),
  });
});

test('those of another graph driver are passed over, as the daemon does', async () => {
  const root = await DataRoot.make();
  await root.container('mine', { State: { Running: true } });
  await root.container('other', { Driver: 'vfs' });
  await root.container('old', { Driver: undefined });
  const { containers } = await read(root.path);
  expect(containers.map(({ name, running }) => [name, running]).sort()).toEqual([
    ['mine', true],
    ['old', false],
  ]);
  expect((await read(root.path, { driver: undefined })).containers).toHaveLength(3);
});

test('configs of any content give data or a problem', async () => {
  const root = await DataRoot.make();
  await root.container('bare', { Name: undefined, State: null, Config: 'x', Image: 5, Created: {} });
  await root.container('nested', {
    Config: { Image: ['alpine'] },
    Image: { id: 1 },
    State: { Running: 'yes' },
  });
  for (const [name, content] of Object.entries({
    list: '[]',
    cut: '{"ID":',
    empty: '',
    deep: `{"x":${'['.repeat(1_000_000)}`,
    large: ' '.repeat((4 << 20) + 1),
  })) {
    await root.write(`containers/${sha256(name)}/config.v2.json`, content);
  }
  await mkdir(join(root.path, 'containers', sha256('nothing')));
  await mkdir(join(root.path, 'containers', 'not-an-id'));
  const { containers, problems } = await read(root.path);
  const nothing = { image: '', imageId: '', running: false, created: undefined };
  expect(containers).toHaveLength(2);
  expect(containers).toContainEqual({ id: sha256('bare'), name: '', ...nothing });
  expect(containers).toContainEqual({ id: sha256('nested'), name: 'nested', ...nothing });
  expect(problems.map(({ reason }) => reason).sort()).toEqual([
    'it does not hold a JSON object',
    'it has more than 4194304 bytes',
    'it is nested too deeply',
    'it is not JSON',
    'it is not JSON',
    'it is not there',
  ]);
});

test('neither folder nor file is followed out of the data root', async () => {
  const outside = await DataRoot.make();
  const id = await outside.container('secret', { Image: digestOf('x') });
  const root = await DataRoot.make();
  await mkdir(join(root.path, 'containers', sha256('a')), { recursive: true });
  await symlink(
    join(outside.path, 'containers', id, 'config.v2.json'),
    join(root.path, 'containers', sha256('a'), 'config.v2.json'),
  );
  await symlink(join(outside.path, 'containers', id), join(root.path, 'containers', id));
  const { containers, problems } = await read(root.path);
  expect(containers).toEqual([]);
  expect(problems.map(({ reason }) => reason)).toEqual(['it is not a folder', 'it is a symbolic link']);

  const whole = await DataRoot.make();
  await symlink(join(outside.path, 'containers'), join(whole.path, 'containers'));
  expect((await read(whole.path)).problems[0]?.reason).toContain('it leads out of ');
});

test('no containers', async () => {
  const root = await DataRoot.make();
  expect(await read(root.path)).toEqual({ containers: [], problems: [] });
});
