// Writes store/proper-lockfile.js and store/write-file-atomic.js of the compiled library anew, as bundles of those two libraries
// without signal-exit and graceful-fs. Both change the process that loads them, for good: signal-exit adds listeners
// for 18 signals and replaces process.emit and process.reallyExit, and while its listeners are there a host's own
// process.once('SIGTERM', …) runs at most once before the process is killed; graceful-fs replaces fs.close,
// fs.closeSync, process.cwd and process.chdir. A library must leave its host process as it was.
//
// Why not load them and undo it: signal-exit's unload() restores the functions that it found when it was loaded, and
// so removes what others have put there since; graceful-fs has no way back, and defines properties of node:fs and
// globalThis that cannot be deleted; a host that uses the same copies itself would lose what it relies on. A bundle
// never loads them, whatever the host has loaded, in whatever order, and through whatever bundler.
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { esmExternalRequirePlugin } from 'rolldown/plugins';

/** The folder of the compiled library. */
const library = resolve(process.argv[2] ?? join(import.meta.dirname, '../dist'));

/** What stands in the place of a package that one of the two requires. */
const substitutes = {
  // What it adds is to wait when too many files are open; proper-lockfile is given its file system by us.
  'graceful-fs': `module.exports = require('node:fs');`,
  // proper-lockfile calls it (version 3) and write-file-atomic its onExit (version 4), each to remove its files when
  // the process ends. Locks are released by src/store/exit-release.ts, and staged files by the next commit.
  'signal-exit': `module.exports = () => () => undefined; module.exports.onExit = module.exports;`,
};

const prefix = '\0substitute:';
const substituting = {
  name: 'substitutes',
  resolveId: (id) => (Object.hasOwn(substitutes, id) ? prefix + id : null),
  load: (id) =>
    id.startsWith(prefix) ? { code: substitutes[id.slice(prefix.length)], moduleType: 'js' } : null,
};

/** The licences of the packages of which a bundle has code ask to be kept with it. */
function notices(modules) {
  const theirs = modules.filter((id) => !id.startsWith(library));
  const packages = new Set(theirs.flatMap((id) => /^.*\/node_modules\/[^/]+/.exec(id)?.[0] ?? []));
  return [...packages].map((folder) => {
    const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const licence = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
    if (licence === undefined) throw new Error(`${folder} has no licence file`);
    const lines = [
      `${name} ${version}`,
      '',
      ...readFileSync(join(folder, licence), 'utf8').trim().split('\n'),
    ];
    return ['/*!', ...lines.map((line) => ` * ${line.trim()}`.trimEnd()), ' */'].join('\n');
  });
}

for (const name of ['proper-lockfile', 'write-file-atomic']) {
  const file = join(library, 'store', `${name}.js`);
  const bundle = await rolldown({
    input: file,
    platform: 'node',
    // Part of what write-file-atomic makes the names of its temporary files from.
    transform: { define: { __filename: JSON.stringify(name) } },
    // Imports instead of require: a host may bundle us in its turn, where import.meta.url may not be known.
    plugins: [
      substituting,
      esmExternalRequirePlugin({ external: [/^node:/, 'fs', 'path', 'util', 'crypto', 'worker_threads'] }),
    ],
  });
  await bundle.write({
    file,
    format: 'esm',
    banner: ({ moduleIds }) => notices(moduleIds).join('\n'),
  });
  await bundle.close();
  // It names the types of the package, which nobody else needs.
  rmSync(join(library, 'store', `${name}.d.ts`), { force: true });
}
