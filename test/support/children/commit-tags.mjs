// Commits tags one after the other and says after each one that it is there.
//   node commit-tags.mjs LIBRARY DATA_ROOT NAME COUNT
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [library, dataRoot, name, count] = process.argv.slice(2);
const { openStore } = await import(pathToFileURL(join(library, 'store', 'open.js')).href);
const store = await openStore({ dataRoot, installations: [], command: name });
const image = `sha256:${'a'.repeat(64)}`;
process.stdout.write('ready\n');

for (let i = 1; i <= Number(count); i++) {
  try {
    const operations = [{ op: 'add', reference: `${name}:${i}`, image }];
    // As long as many writers on a slow machine may need.
    await store.commit({ schema: 'docker-refstore/patch/v1', operations }, { lockTimeoutMs: 120_000 });
  } catch ({ code, message, hint }) {
    process.stdout.write(`${JSON.stringify({ code, message, hint })}\n`);
    process.exit(1);
  }
  process.stdout.write(`${name}:${i}\n`);
}
