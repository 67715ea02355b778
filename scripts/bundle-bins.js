// Replaces the two bins in dist by bundles: what every command loads becomes one file. Node takes as long to find
// and open those 50 small modules as it takes to start by itself.
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { rolldown } from 'rolldown';

const project = join(import.meta.dirname, '..');
const dist = join(project, 'dist');
const bins = join(dist, 'cli/bin');

/** A module, and all that it imports statically. */
function reachable(file, found = new Set()) {
  if (found.has(file)) return found;
  found.add(file);
  for (const [, specifier] of readFileSync(file, 'utf8').matchAll(/(?:^|\s)(?:from|import) '(\.[^']+)'/g)) {
    reachable(resolve(dirname(file), specifier), found);
  }
  return found;
}

const first = new Set();
for (const name of ['cli/bin/main.js', 'cli/bin/process-context.js', 'cli/run.js', 'cli/commands/ls.js']) {
  reachable(join(dist, name), first);
}

const { dependencies } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
const bundle = await rolldown({
  input: { refstore: join(bins, 'refstore.js'), 'docker-refstore': join(bins, 'docker-refstore.js') },
  platform: 'node',
  external: [/^node:/, ...Object.keys(dependencies)],
});
await bundle.write({
  dir: bins,
  chunkFileNames: 'bundle/[name].js',
  codeSplitting: { groups: [{ name: 'start', test: (id) => first.has(id) }] },
});
