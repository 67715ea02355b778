import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { runCommand } from '../../src/system/run-command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const say = ['/bin/sh', '-c', 'echo said; exit 3'];

test('what a command writes is in the result, and nothing is left in the temporary folder', async () => {
  const folder = join(await temporaryFolder(), 'tmp');
  await mkdir(folder);
  vi.stubEnv('TMPDIR', folder);
  const command = ['/bin/sh', '-c', `ls ${folder}; echo said; exit 3`];
  expect(await runCommand(command, { timeoutMs: 10_000 })).toEqual({
    status: 3,
    output: 'said\n',
    problem: undefined,
  });
  expect(await readdir(folder)).toEqual([]);
  vi.unstubAllEnvs();
});

test('a command runs without a temporary folder too', async () => {
  const folder = join(await temporaryFolder(), 'none');
  vi.stubEnv('TMPDIR', folder);
  expect(await runCommand(say, { timeoutMs: 10_000 })).toEqual({ status: 3, output: '', problem: undefined });
  await rm(folder, { force: true });
  vi.unstubAllEnvs();
});
