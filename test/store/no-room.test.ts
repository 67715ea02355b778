import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFinished, type TestContext, test } from 'vitest';
import { parseRepositories } from '../../src/repositories/parse.ts';
import { serializeRepositories } from '../../src/repositories/serialize.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import { type Compiled, compileLibrary } from '../support/compiled.ts';
import { add, idA, leftovers, patch, storeWith } from '../support/store.ts';
import { lay, temporaryFolder } from '../support/temporary-folder.ts';

/** A store of about 24 KB as the daemon writes it. */
const text = serializeRepositories(
  parseRepositories(
    JSON.stringify({
      Repositories: { app: Object.fromEntries(Array.from({ length: 290 }, (_, i) => [`app:${i}`, idA])) },
    }),
  ),
);
const plan = patch(add('alpine:3.21'));

async function expectOldFile(store: Store, backups: number): Promise<void> {
  expect(await readFile(store.location.file, 'utf8')).toBe(text);
  expect(await leftovers(store)).toEqual([]);
  expect(await store.backups()).toHaveLength(backups);
}

describe('a full file system', () => {
  async function storeOn(sizeInKiB: number, { skip }: TestContext): Promise<Store> {
    const dataRoot = await temporaryFolder();
    const options = ['-t', 'tmpfs', '-o', `size=${sizeInKiB}k`, 'tmpfs', dataRoot];
    if (spawnSync('mount', options).status !== 0) skip('needs root and the right to mount a tmpfs');
    onTestFinished(() => void execFileSync('umount', [dataRoot]));
    await lay(dataRoot, { 'image/overlay2/repositories.json': text });
    return await openStore({ dataRoot, installations: [], command: 'test' });
  }

  // 24 KB are the file; what else fits decides which step has no room.
  test.for([
    ['the new file', 64],
    ['the whole of the backup', 40],
  ] as const)('without room for %s', async ([, size], context) => {
    const store = await storeOn(size, context);
    await expect(store.commit(plan)).rejects.toMatchObject({
      code: 'WRITE_FAILED',
      message: expect.stringMatching(/the old file stands$/),
      hint: expect.stringMatching(
        /^make room on the file system of .*image\/overlay2 \(\d+ bytes are free\)/,
      ),
    });
    await expectOldFile(store, 0);
  });

  test('without room for anything at all', async (context) => {
    const store = await storeOn(64, context);
    const filler = join(dirname(store.location.file), '..', 'filler');
    await writeFile(filler, Buffer.alloc(64 << 10)).catch(() => undefined);
    await expect(store.commit(plan)).rejects.toMatchObject({ code: 'WRITE_FAILED' });
    await expectOldFile(store, 0);
    await rm(filler);
    execFileSync('mount', ['-o', 'remount,size=256k', store.location.dataRoot ?? '']);
    expect(await store.commit(plan)).toMatchObject({ changed: true });
  });

  test('mounted read-only', async (context) => {
    const store = await storeOn(256, context);
    execFileSync('mount', ['-o', 'remount,ro', store.location.dataRoot ?? '']);
    await expect(store.commit(plan)).rejects.toMatchObject({
      code: 'WRITE_FAILED',
      hint: 'the file system is mounted read-only',
    });
    await expectOldFile(store, 0);
  });
});

describe.runIf(process.platform === 'linux')('a limit on the size of files', () => {
  let library: Compiled;
  beforeAll(async () => {
    library = await compileLibrary();
  });
  afterAll(() => library.remove());

  test('is met before the rename', async () => {
    const store = await storeWith(text);
    // So that the backup, as large as the limit, is there already and the new file is the first that fails.
    await store.commit(plan);
    await store.commit(patch({ op: 'remove', reference: 'alpine:3.21' }));
    const script = fileURLToPath(new URL('../support/children/commit-tags.mjs', import.meta.url));
    const { size } = await stat(store.location.file);
    const run = promisify(execFile)('prlimit', [
      `--fsize=${size + 10}`,
      process.execPath,
      script,
      library.folder,
      store.location.dataRoot ?? '',
      'one-more',
      '1',
    ]);
    const { stdout } = await run.catch((error: { stdout: string }) => error);
    const [, problem = ''] = stdout.trim().split('\n');
    expect(JSON.parse(problem)).toMatchObject({
      code: 'WRITE_FAILED',
      message: expect.stringContaining('the new bytes could not be written beside it'),
      hint: expect.stringContaining('the limit on file sizes'),
    });
    await expectOldFile(store, 2);
  });
});
