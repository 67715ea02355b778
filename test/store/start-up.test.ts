import { execFileSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { compileLibrary } from '../support/compiled.ts';
import { oneTag, storeWith } from '../support/store.ts';

test('reading a store loads none of the modules that only writing needs', async () => {
  const library = await compileLibrary();
  onTestFinished(() => library.remove());
  for (const name of ['proper-lockfile', 'write-file-atomic'])
    await rm(join(library.folder, 'store', `${name}.js`));
  const { location } = await storeWith(oneTag);
  const script = `
    import { createRequire } from 'node:module';
    const { openStore } = await import(${JSON.stringify(pathToFileURL(join(library.folder, 'store/open.js')).href)});
    const store = await openStore({ file: ${JSON.stringify(location.file)} });
    const { repositories } = await store.read();
    const required = Object.keys(createRequire(import.meta.url).cache);
    const commit = await store.commit({ schema: 'docker-refstore/patch/v1', operations: [] }).catch(({ code }) => code);
    process.stdout.write(JSON.stringify({ size: repositories.size, required, commit }));`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect(JSON.parse(output)).toEqual({ size: 1, required: [], commit: 'ERR_MODULE_NOT_FOUND' });
});
