// Lists every place where src cites other projects' code or specifications, as `PROJECT VERSION FILE`; fails where a
// file of Go is named without them.
//
//   node scripts/citations.js                 the list, a line each
//   node scripts/citations.js --quiet         only what is wrong
//   node scripts/citations.js --against DIR   looks each up: DIR has a git repository a project, named as in `folders`
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const project = join(import.meta.dirname, '..');

/** Projects that are cited, with the folder below --against that holds each. */
const folders = {
  moby: 'moby',
  'docker/cli': 'cli',
  'distribution/reference': 'reference',
  distribution: 'distribution',
  'containers/image': 'image',
  containerd: 'containerd',
  bbolt: 'bbolt',
  'go-digest': 'go-digest',
  cobra: 'cobra',
  skopeo: 'skopeo',
  Go: 'go',
};
const names = Object.keys(folders).join('|');
const citation = new RegExp(
  `(?<![\\w/-])(${names}) ((?:docker-)?v?\\d+(?:\\.\\d+)+|go\\d\\S*),? ([\\w./-]+\\.(?:go|md))`,
  'g',
);
const goFile = /[\w/-]+\.go\b/g;

const found = [];
const loose = [];
for (const entry of readdirSync(join(project, 'src'), { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !entry.name.endsWith('.ts')) continue;
  const path = join(entry.parentPath, entry.name);
  const text = readFileSync(path, 'utf8');
  // A citation may stand on two lines of one comment.
  const flat = text.replaceAll(/\n\s*(?:\*|\/\/) ?/g, (gap) => ' '.padStart(gap.length, ' '));
  const where = (index) => `${relative(project, path)}:${text.slice(0, index).split('\n').length}`;
  const spans = [];
  for (const match of flat.matchAll(new RegExp(citation.source.replaceAll(' ', ' +'), 'g'))) {
    const [all, name, version, file] = match;
    found.push({ name, version, file, at: where(match.index) });
    spans.push([match.index, match.index + all.length]);
  }
  for (const match of flat.matchAll(goFile)) {
    const isCited = spans.some(([from, to]) => match.index >= from && match.index < to);
    if (!isCited) loose.push(`${where(match.index)}: ${match[0]} has no project and version`);
  }
}

const [option, root] = process.argv.slice(2);
const missing = [];
for (const { name, version, file, at } of found) {
  if (option !== '--quiet') process.stdout.write(`${at}: ${name} ${version} ${file}\n`);
  if (option !== '--against') continue;
  try {
    execFileSync('git', ['-C', join(root, folders[name]), 'cat-file', '-e', `${version}:${file}`], {
      stdio: 'ignore',
    });
  } catch {
    missing.push(`${at}: ${name} ${version} has no ${file}`);
  }
}
for (const line of [...loose, ...missing]) process.stderr.write(`${line}\n`);
process.exitCode = loose.length + missing.length === 0 ? 0 : 1;
