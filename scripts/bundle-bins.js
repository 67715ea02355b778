// Writes the two bins to dist/bin as bundles. CommonJS, and few files: Node takes as long to find, open and link the
// 50 small modules that every command needs as it takes to start by itself.
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { rolldown } from 'rolldown';

const project = join(import.meta.dirname, '..');
const dist = join(project, 'dist');
const bins = join(dist, 'bin');
const names = ['refstore', 'docker-refstore'];

/** A module, and all that it imports statically, without what is in `others`. */
function reachable(files, others = new Set()) {
  const found = new Set();
  const visit = (file) => {
    if (found.has(file) || others.has(file)) return;
    found.add(file);
    for (const [, specifier] of readFileSync(file, 'utf8').matchAll(/(?:^|\s)(?:from|import) '(\.[^']+)'/g)) {
      visit(resolve(dirname(file), specifier));
    }
  };
  for (const file of files) visit(join(dist, file));
  return found;
}

// What every command loads, and what check and repair load beside it: a file each.
const start = reachable([
  'cli/bin/main.js',
  'cli/bin/process-context.js',
  'cli/run.js',
  'cli/commands/ls.js',
  'cli/target/target.js',
]);
const check = reachable(
  ['cli/commands/check.js', 'cli/options/check-options.js', 'check-and-repair/check-store.js'],
  start,
);

const { dependencies } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
const bundle = await rolldown({
  input: Object.fromEntries(names.map((name) => [name, join(dist, 'cli/bin', `${name}.js`)])),
  platform: 'node',
  // p-limit is an ES module alone, which CommonJS takes in its own way; it is bundled instead.
  external: [/^node:/, ...Object.keys(dependencies).filter((name) => name !== 'p-limit')],
  // Modules of those two files are also imported by name elsewhere, to no effect, which is meant.
  checks: { ineffectiveDynamicImport: false },
});
await bundle.write({
  dir: bins,
  format: 'cjs',
  chunkFileNames: 'bundle/[name].js',
  codeSplitting: {
    groups: [
      { name: 'start', test: (id) => start.has(id) },
      { name: 'check', test: (id) => check.has(id) },
    ],
  },
});
writeFileSync(join(bins, 'package.json'), '{ "type": "commonjs" }\n');
for (const name of names) chmodSync(join(bins, `${name}.js`), 0o755);
