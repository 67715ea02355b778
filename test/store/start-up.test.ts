import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { compileLibrary } from '../support/compiled.ts';
import { oneTag, storeWith } from '../support/store.ts';

test('reading a store loads none of the modules that only writing needs', async () => {
  const library = await compileLibrary();
  onTestFinished(() => library.remove());
  const { location } = await storeWith(oneTag);
  const script = `
    import { createRequire } from 'node:module';
    const { openStore } = await import(${JSON.stringify(pathToFileURL(join(library.folder, 'store/open.js')).href)});
    const store = await openStore({ file: ${JSON.stringify(location.file)} });
    const { repositories } = await store.read();
    const loaded = Object.keys(createRequire(import.meta.url).cache);
    await store.commit({ schema: 'docker-refstore/patch/v1', operations: [] });
    const later = Object.keys(createRequire(import.meta.url).cache);
    process.stdout.write(JSON.stringify({ size: repositories.size, loaded, later }));`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  const { size, loaded, later } = JSON.parse(output) as { size: number; loaded: string[]; later: string[] };
  expect(size).toBe(1);
  expect(loaded).toEqual([]);
  expect(later.some((path) => path.includes('proper-lockfile'))).toBe(true);
});
