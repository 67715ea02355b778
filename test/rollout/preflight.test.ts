import { execFileSync, spawnSync } from 'node:child_process';
import { readdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, type TestContext, test } from 'vitest';
import { cliJson } from '../support/cli.ts';
import { FakeDaemon } from '../support/fake-daemon.ts';
import { idA, idB, oneTag } from '../support/store.ts';

/** A data root without room: what stands in the way of the write, and how it is made. */
interface Obstacle {
  readonly name: string;
  readonly hint: RegExp;
  put(daemon: FakeDaemon): string[];
  /** Options of a tmpfs on which the data root stands. */
  readonly tmpfs?: string;
}

function immutable(path: (daemon: FakeDaemon) => string): Obstacle['put'] {
  return (daemon) => {
    execFileSync('chattr', ['+i', path(daemon)]);
    return ['chattr', '-i', path(daemon)];
  };
}

const obstacles: readonly Obstacle[] = [
  { name: 'an immutable file', hint: /chattr -i/, put: immutable(({ file }) => file) },
  { name: 'an immutable folder', hint: /chattr -i/, put: immutable(({ file }) => dirname(file)) },
  {
    name: 'a read-only file system',
    hint: /mounted read-only/,
    put({ file }) {
      const folder = dirname(file);
      execFileSync('mount', ['--bind', folder, folder]);
      execFileSync('mount', ['-o', 'remount,bind,ro', folder]);
      return ['umount', folder];
    },
  },
];

async function expectUntouched(daemon: FakeDaemon, hint: RegExp, beside: readonly string[]): Promise<void> {
  const pid = await daemon.pid();
  const { status, document } = await cliJson([
    ...['--data-root', daemon.dataRoot, '--host', daemon.host, 'tag', idB, 'b:1', '--yes', '--restart'],
    ...[`--stop-command=touch ${daemon.folder}/stopped; exit 1`, `--start-command=${daemon.startCommand}`],
  ]);
  expect({ status, document }).toMatchObject({
    status: 5,
    document: { error: { code: 'WRITE_FAILED', hint: expect.stringMatching(hint) } },
  });
  expect(JSON.stringify(document)).not.toContain('outcome');
  expect(await daemon.pid()).toBe(pid);
  expect(await readdir(daemon.folder)).not.toContain('stopped');
  expect(await daemon.content()).toBe(oneTag);
  expect(await readdir(dirname(daemon.file))).toEqual(beside);
}

test.each(obstacles)(
  '$name is found before the daemon is stopped, and the hint names the reason',
  async ({ put, hint }) => {
    const daemon = await FakeDaemon.start(oneTag, [idA, idB]);
    const beside = await readdir(dirname(daemon.file));
    const [undo = '', ...args] = put(daemon);
    onTestFinished(() => void execFileSync(undo, args));
    await expectUntouched(daemon, hint, beside);
  },
);

/** The folder of the store on a small tmpfs of its own. */
async function onTmpfs(daemon: FakeDaemon, options: string, { skip }: TestContext): Promise<void> {
  const folder = dirname(daemon.file);
  await rename(folder, `${folder}.before`);
  execFileSync('mkdir', [folder]);
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]).status !== 0) {
    skip('needs the right to mount a tmpfs');
  }
  onTestFinished(() => void execFileSync('umount', ['--lazy', folder]));
  execFileSync('cp', ['-r', `${folder}.before/.`, folder]);
}

test('a full file system is found before the daemon is stopped', async (context) => {
  const daemon = await FakeDaemon.create(oneTag, [idA, idB]);
  await onTmpfs(daemon, 'size=64k', context);
  await daemon.start();
  await writeFile(join(dirname(daemon.file), 'filler'), Buffer.alloc(1 << 20)).catch(() => undefined);
  await expectUntouched(daemon, /^make room/, await readdir(dirname(daemon.file)));
});

test('a file system without inodes is found before the daemon is stopped', async (context) => {
  const daemon = await FakeDaemon.create(oneTag, [idA, idB]);
  await onTmpfs(daemon, 'size=1m,nr_inodes=20', context);
  await daemon.start();
  const folder = dirname(daemon.file);
  // The lock of the store is a folder with a file, and needs two.
  for (let i = 0; i < 40; i++) await writeFile(join(folder, `filler${i}`), '').catch(() => undefined);
  execFileSync('sh', ['-c', `cd ${folder} && rm $(ls -d filler* | head -2)`]);
  await expectUntouched(daemon, /^no inode is free/, await readdir(folder));
});

test.each(['stop-start', 'restart'])(
  'a command to start the daemon that cannot run is found before --restart=%s stops it',
  async (strategy) => {
    const daemon = await FakeDaemon.start(oneTag, [idA, idB]);
    const pid = await daemon.pid();
    const { status, document } = await cliJson([
      ...['--data-root', daemon.dataRoot, '--host', daemon.host, 'tag', idB, 'b:1', '--yes'],
      ...[`--restart=${strategy}`, `--stop-command=${daemon.stopCommand}`, '--start-command=/nowhere/start'],
    ]);
    expect({ status, document }).toMatchObject({
      status: 2,
      document: { error: { code: 'USAGE', hint: expect.stringContaining('correct --start-command') } },
    });
    expect(await daemon.pid()).toBe(pid);
    expect(await daemon.content()).toBe(oneTag);
  },
);
