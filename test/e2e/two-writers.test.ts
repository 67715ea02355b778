import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseRepositories } from '../../src/repositories/parse.ts';
import { Dockerd } from './support/dockerd.ts';
import { makeImage } from './support/images.ts';
import { adding, refstore } from './support/refstore.ts';

const image = makeImage('app');
let daemon: Dockerd;
let file: string;

beforeAll(async () => {
  daemon = await Dockerd.create();
  await daemon.start();
  await daemon.load(image, 'team/app:1');
  file = await daemon.repositoriesFile();
});

afterAll(async () => {
  await daemon?.dispose();
});

/** Patches of processes that start at the same moment, each adding a tag of its own. */
function patchAtOnce(tags: readonly string[], ...options: string[]) {
  return Promise.all(
    tags.map(async (tag) => {
      const outcome = await refstore(
        daemon,
        ['--data-root', daemon.root, 'patch', '-', '--yes', ...options],
        {
          input: adding(image.id, tag),
        },
      );
      return { tag, ...outcome };
    }),
  );
}

const restart = () => [
  '--restart',
  '--manager=command',
  `--stop-command=${daemon.command('stop')}`,
  `--start-command=${daemon.command('start')}`,
];

test('on a stopped data root, every change is there', async () => {
  await daemon.stop();
  const tags = Array.from({ length: 6 }, (_, number) => `team/stopped:${number}`);
  const outcomes = await patchAtOnce(tags);
  expect(outcomes.filter(({ status }) => status !== 0)).toEqual([]);
  const after = parseRepositories(await readFile(file));
  for (const tag of tags) expect(after.get(tag)).toBe(image.id);
  await daemon.start();
  expect((await daemon.inspect(image.id)).RepoTags).toEqual(expect.arrayContaining(tags));
});

test('with a restart each, one after the other: both are there, and in the daemon', async () => {
  const tags = ['team/restarted:1', 'team/restarted:2'];
  const outcomes = await patchAtOnce(tags, ...restart());
  expect(outcomes.filter(({ status }) => status !== 0)).toEqual([]);
  expect((await daemon.inspect(image.id)).RepoTags).toEqual(expect.arrayContaining(tags));
});

test('one that does not wait is told who holds the lock, and loses nothing of the other', async () => {
  const outcomes = await patchAtOnce(['team/hasty:1', 'team/hasty:2'], ...restart(), '--lock-timeout=0');
  const done = outcomes.filter(({ status }) => status === 0);
  expect(done.length).toBeGreaterThanOrEqual(1);
  for (const { status, stderr } of outcomes.filter((outcome) => !done.includes(outcome))) {
    expect({ status, stderr }).toMatchObject({
      status: 4,
      stderr: expect.stringMatching(/process \d+|pid \d+/i),
    });
  }
  const tags = done.map(({ tag }) => tag);
  expect((await daemon.inspect(image.id)).RepoTags).toEqual(expect.arrayContaining(tags));
});
