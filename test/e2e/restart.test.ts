import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Dockerd } from './support/dockerd.ts';
import { waiter } from './support/greeter.ts';
import { makeImage } from './support/images.ts';
import { adding, refstore, refstoreJson } from './support/refstore.ts';

const image = makeImage('app');
const digest = `team/app@sha256:${'d'.repeat(64)}`;
const input = adding(image.id, digest);

let daemon: Dockerd;
let file: string;
let before: string;

beforeEach(async () => {
  daemon = await Dockerd.create();
  await daemon.start();
  await daemon.load(image, 'team/app:1');
  file = await daemon.repositoriesFile();
  before = await readFile(file, 'utf8');
});

afterEach(async () => {
  await daemon?.dispose();
});

/** A shell command that does something the first time only. */
async function once(first: string, then: string): Promise<string> {
  const script = join(daemon.folder, 'once.sh');
  const marker = join(daemon.folder, 'once.done');
  await writeFile(script, `[ -e ${marker} ] || { touch ${marker}; ${first}; }\n${then}\n`);
  return `sh ${script}`;
}

const stopStart = (start: string) => [
  '--restart',
  '--manager=command',
  `--stop-command=${daemon.command('stop')}`,
  `--start-command=${start}`,
  '--timeout=6',
];

describe('a running daemon', () => {
  test('is a refusal when no way was chosen: status 3, the file untouched, both ways named', async () => {
    const { status, stderr } = await refstore(daemon, ['patch', '-', '--yes'], { input });
    expect(status).toBe(3);
    expect(stderr).toMatch(/--restart/);
    expect(stderr).toMatch(/stop-start/);
    expect(stderr).toMatch(/--restart=restart/);
    expect(await readFile(file, 'utf8')).toBe(before);

    const { document } = await refstoreJson(daemon, ['patch', '-', '--yes'], { input });
    expect(document).toMatchObject({ error: { code: 'DAEMON_RUNNING' } });
  });

  test('is told from the files that it holds, with its socket out of reach', async () => {
    const env = { DOCKER_HOST: `unix://${daemon.folder}/no.sock` };
    const line = ['--data-root', daemon.root, 'patch', '-', '--yes'];
    expect((await refstore(daemon, line, { input, env })).status).toBe(3);
    expect(await readFile(file, 'utf8')).toBe(before);
    await daemon.stop();
    expect((await refstore(daemon, line, { input, env })).status).toBe(0);
    await daemon.start();
    expect((await daemon.inspect('team/app:1')).RepoDigests).toEqual([digest]);
  });

  test('is left alone by a dry run', async () => {
    const started = await readFile(daemon.pidFile, 'utf8');
    const { status } = await refstore(
      daemon,
      ['patch', '-', '--dry-run', ...stopStart(daemon.command('start'))],
      {
        input,
      },
    );
    expect(status).toBe(0);
    expect(await readFile(file, 'utf8')).toBe(before);
    expect(await readFile(daemon.pidFile, 'utf8')).toBe(started);
  });
});

describe('restart', () => {
  test('a tag that the daemon saved between our write and the restart: noticed, both are there', async () => {
    const client = join(
      await readFile(join(daemon.folder, 'engine'), 'utf8').then((path) => path.trim()),
      'usr/bin/docker',
    );
    const command = await once(
      `${client} --host ${daemon.host} tag ${image.id} team/other:1`,
      daemon.command('restart'),
    );
    const { status, document } = await refstoreJson(
      daemon,
      ['patch', '-', '--yes', '--restart=restart', '--manager=command', `--restart-command=${command}`],
      { input },
    );
    expect({ status, document }).toMatchObject({ status: 0, document: { changed: true, effective: true } });
    expect(await daemon.inspect(image.id)).toMatchObject({
      RepoTags: expect.arrayContaining(['team/app:1', 'team/other:1']),
      RepoDigests: [digest],
    });
    expect((await refstore(daemon, ['diff', 'disk', 'live'])).status).toBe(0);
  });
});

test('two runs with --restart at once: each restarts the daemon that runs then, and it has both changes', async () => {
  const tag = (name: string) =>
    refstore(daemon, [
      ...['tag', image.id, name, '--yes', '--restart', '--manager=pidfile'],
      ...[`--pid-file=${daemon.pidFile}`, '--timeout=20', '--lock-timeout=60'],
    ]);
  const both = await Promise.all([tag('team/one:1'), tag('team/two:1')]);
  expect(both).toMatchObject([{ status: 0 }, { status: 0 }]);
  const { RepoTags } = await daemon.inspect(image.id);
  expect(RepoTags).toEqual(expect.arrayContaining(['team/one:1', 'team/two:1']));
});

test('containers that do not come back are named before and after', async () => {
  const waiting = makeImage('waiting', undefined, 0, waiter());
  await daemon.load(waiting, 'team/waiting:1');
  for (const [name, option] of [
    ['web', '--restart=always'],
    ['job', '--restart=no'],
    ['shell', '--rm'],
  ] as const) {
    await daemon.docker(
      ...['run', '--detach', '--network=none', '--stop-signal=KILL', '--name', name, option],
      'team/waiting:1',
    );
  }
  const { status, stdout, stderr } = await refstore(
    daemon,
    ['patch', '-', '--yes', ...stopStart(daemon.command('start'))],
    { input },
  );
  expect({ status, stderr }).toMatchObject({
    status: 0,
    stderr: expect.stringMatching(/not started again by the daemon: .*--rm/),
  });
  const [, named = ''] = /^ran before and do not run now: (.*)$/m.exec(stdout) ?? [];
  expect(named.split(', ').sort()).toEqual(['job (restart policy no)', 'shell (--rm: it is removed)']);
  expect(await daemon.docker('ps', '--format', '{{.Names}}')).toBe('web\n');
  await daemon.docker('rm', '--force', 'web', 'job');
});

describe('a restart that fails', () => {
  test('the start fails once: the old bytes are back, the daemon is up, status 6', async () => {
    const start = await once('exit 1', daemon.command('start'));
    const { status, stderr } = await refstore(daemon, ['patch', '-', '--yes', ...stopStart(start)], {
      input,
    });
    expect({ status, stderr }).toMatchObject({ status: 6 });
    expect(await readFile(file, 'utf8')).toBe(before);
    expect(await daemon.answers()).toBe(true);
    expect((await daemon.inspect('team/app:1')).RepoDigests).toEqual([]);
  });

  test('the daemon refuses what it finds: the old bytes are back, the daemon is up, status 6', async () => {
    const start = await once(`printf '{"Repositories":' >${file}`, daemon.command('start'));
    const { status, document } = await refstoreJson(daemon, ['patch', '-', '--yes', ...stopStart(start)], {
      input,
    });
    expect({ status, document }).toMatchObject({
      status: 6,
      document: { error: { code: 'RESTART_FAILED' } },
    });
    expect(await readFile(file, 'utf8')).toBe(before);
    expect(await daemon.answers()).toBe(true);
    expect((await daemon.inspect('team/app:1')).RepoDigests).toEqual([]);
  });

  test('the start never works: the old bytes are back, status 6, and it is said that the daemon is down', async () => {
    const { status, stderr } = await refstore(daemon, ['patch', '-', '--yes', ...stopStart('exit 1')], {
      input,
    });
    expect({ status, stderr }).toMatchObject({
      status: 6,
      stderr: expect.stringMatching(/not running|is down/),
    });
    expect(await readFile(file, 'utf8')).toBe(before);
    await daemon.start();
    expect((await daemon.inspect('team/app:1')).RepoDigests).toEqual([]);
  });

  test('the stop fails: nothing is written, and the daemon runs as before', async () => {
    const started = await readFile(daemon.pidFile, 'utf8');
    const { status, stderr } = await refstore(
      daemon,
      [
        'patch',
        '-',
        '--yes',
        '--restart',
        '--manager=command',
        '--stop-command=exit 1',
        '--start-command=exit 1',
        '--timeout=5',
      ],
      { input },
    );
    expect({ status, stderr }).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('the old file stands; the daemon is up'),
    });
    expect(await readFile(file, 'utf8')).toBe(before);
    expect(await readFile(daemon.pidFile, 'utf8')).toBe(started);
  });
});
