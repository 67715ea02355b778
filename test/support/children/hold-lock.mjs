// Holds the lock of a store until it is killed or told to end.
//   node hold-lock.mjs LIBRARY DATA_ROOT
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [library, dataRoot] = process.argv.slice(2);
const { openStore } = await import(pathToFileURL(join(library, 'store', 'open.js')).href);
const store = await openStore({ dataRoot, installations: [], command: 'refstore restart' });
await store.withLock(async () => {
  process.stdout.write('held\n');
  await new Promise((resolve) => process.stdin.once('data', resolve));
});
