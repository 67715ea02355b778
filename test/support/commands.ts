import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { systemPath } from '../../src/system/system-program.ts';
import { temporaryFolder } from './temporary-folder.ts';

/**
 * Programs of the system by this name are found first until the test is over: a shell script, with the arguments in
 * "$@".
 * @returns each call so far, a line each, with its arguments
 */
export async function commandsOnPath(
  scripts: Readonly<Record<string, string>>,
): Promise<() => Promise<string[]>> {
  const folder = await temporaryFolder();
  const calls = join(folder, 'calls');
  for (const [name, script] of Object.entries(scripts)) {
    await writeFile(join(folder, name), `#!/bin/sh\necho "${name} $*" >>${calls}\n${script}\n`);
    await chmod(join(folder, name), 0o755);
  }
  const { folders } = systemPath;
  systemPath.folders = `${folder}:${folders}`;
  onTestFinished(() => {
    systemPath.folders = folders;
  });
  return async () =>
    (await readFile(calls, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');
}
