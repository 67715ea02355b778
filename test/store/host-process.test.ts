import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { built, project, runNode } from '../support/built.ts';
import { cliStore } from '../support/cli-store.ts';

const child = join(project, 'test/support/children/process-state.mjs');

// In a process of its own: the one of the tests has been changed by others.
test('a process that imported the library and committed is as it was before, and its own SIGTERM handler runs', async () => {
  const { file } = await cliStore();
  const { stdout, stderr, status } = runNode([child, pathToFileURL(built('index.js')).href, file]);
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  expect(JSON.parse(stdout)).toEqual({ changed: [], keepsDispositions: true, status: 0, shutdowns: 1 });
  expect(await readFile(file, 'utf8')).not.toContain('alpine:3.20');
});

test.each(['bin/refstore.js', 'bin/docker-refstore.js'])(
  '%s changes nothing of its process but the handlers of three signals',
  async (bin) => {
    const { file, at } = await cliStore();
    const { stdout, stderr, status } = runNode([child, built(bin), file, ...at, 'untag', '--yes', 'app:1']);
    expect({ stderr, status }).toMatchObject({ status: 0 });
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({
      // Handlers of the command line, which stay until the process ends.
      changed: ['listeners of SIGHUP', 'listeners of SIGINT', 'listeners of SIGTERM'],
      status: 0,
      shutdowns: 1,
    });
    expect(await readFile(file, 'utf8')).not.toContain('app:1');
  },
);

test('a lock that is held when the process exits is released, and no listener stays once it was released', async () => {
  const { file } = await cliStore();
  const script = `
    import { existsSync } from 'node:fs';
    const { openStore } = await import(${JSON.stringify(pathToFileURL(built('index.js')).href)});
    const store = await openStore({ file: ${JSON.stringify(file)} });
    const listeners = () => process.listenerCount('exit');
    const before = listeners();
    const added = await store.withLock(async () => [listeners() - before]);
    added.push(listeners() - before);
    await store.withLock(async () => {
      process.stdout.write(JSON.stringify({ added, isLocked: existsSync(store.location.file + '.lock') }));
      process.exit(7);
    });`;
  const { stdout, stderr, status } = runNode(['--input-type=module', '-e', script]);
  expect({ stderr, status }).toEqual({ stderr: '', status: 7 });
  expect(JSON.parse(stdout)).toEqual({ added: [1, 0], isLocked: true });
  expect(existsSync(`${file}.lock`)).toBe(false);
});
