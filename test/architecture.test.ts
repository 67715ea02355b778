import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const src = fileURLToPath(new URL('../src', import.meta.url));

interface Import {
  readonly from: string;
  readonly specifier: string;
  /** Relative to src; undefined for packages and node: modules. */
  readonly to: string | undefined;
}

const files = readdirSync(src, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map((entry) => relative(src, join(entry.parentPath, entry.name)));
const texts = new Map(files.map((file) => [file, readFileSync(join(src, file), 'utf8')]));

/** Types and dynamic imports count too. */
const imports: readonly Import[] = [...texts].flatMap(([from, text]) =>
  [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g)].map(([, specifier = '']) => ({
    from,
    specifier,
    to: specifier.startsWith('.') ? join(dirname(from), specifier) : undefined,
  })),
);

const pure = ['util', 'reference', 'repositories', 'oci', 'facts', 'check'];

/** Which folders a folder may import from, beside itself and errors.ts. What is not listed may not. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  util: [],
  reference: ['util'],
  repositories: ['reference', 'util'],
  oci: ['facts', 'reference', 'util'],
  facts: ['repositories', 'reference', 'util'],
  check: ['oci', 'facts', 'repositories', 'reference', 'util'],
  system: ['util'],
  dataroot: ['system', 'oci', 'facts', 'repositories', 'reference', 'util'],
  engine: ['dataroot', 'system', 'oci', 'repositories', 'reference', 'util'],
  store: ['engine', 'dataroot', 'system', 'repositories', 'reference', 'util'],
  sources: ['store', 'engine', 'dataroot', 'system', ...pure],
  rollout: ['store', 'engine', 'dataroot', 'system', 'repositories', 'reference', 'util'],
  live: ['rollout', 'store', 'engine', 'dataroot', 'system', 'oci', 'repositories', 'reference', 'util'],
  digests: ['rollout', 'sources', 'store', 'engine', 'dataroot', 'system', ...pure],
  load: ['digests', 'sources', 'store', 'engine', 'dataroot', 'system', ...pure],
  containerd: ['load', 'digests', 'sources', 'store', 'engine', 'dataroot', 'system', ...pure],
  'check-and-repair': ['rollout', 'sources', 'store', 'engine', 'dataroot', 'system', ...pure],
};

const folderOf = (file: string): string => file.split('/')[0] ?? '';

describe('the direction of flow', () => {
  test.each(Object.entries(allowed))('src/%s imports from %j only', (folder, others) => {
    const own = imports.filter(({ from }) => folderOf(from) === folder);
    expect(texts.size).toBeGreaterThan(0);
    const outside = own.filter(({ to }) => {
      return to !== undefined && to !== 'errors.ts' && ![folder, ...others].includes(folderOf(to));
    });
    expect(outside.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  test('every folder but the command line has its place in it', () => {
    const folders = new Set(files.filter((file) => file.includes('/')).map(folderOf));
    expect([...folders].filter((folder) => allowed[folder] === undefined)).toEqual(['cli']);
  });

  test('no file leads back to itself, by types or dynamic imports either', () => {
    expect(circles()).toEqual([]);
  });
});

/** The strongly connected components of more than one file (Tarjan). */
function circles(): string[][] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (file: string): void => {
    index.set(file, index.size);
    low.set(file, index.get(file) as number);
    stack.push(file);
    for (const { to = '' } of imports.filter(({ from }) => from === file)) {
      if (!texts.has(to)) continue;
      if (!index.has(to)) visit(to);
      if (stack.includes(to)) low.set(file, Math.min(low.get(file) as number, low.get(to) as number));
    }
    if (low.get(file) !== index.get(file)) return;
    const members = stack.splice(stack.indexOf(file));
    if (members.length > 1) found.push(members);
  };
  for (const file of files) if (!index.has(file)) visit(file);
  return found;
}

describe('the pure core', () => {
  test.each([...pure, 'digests/plan'])('src/%s imports no module of Node', (folder) => {
    const own = imports.filter(({ from }) => from.startsWith(`${folder}/`));
    const needed = own.filter(({ specifier }) => specifier.startsWith('node:') || specifier === 'process');
    // Digests are computed with node:crypto, which does no I/O.
    expect(needed.filter(({ specifier }) => specifier !== 'node:crypto')).toEqual([]);
  });

  test.each([...pure, 'digests/plan'])(
    'src/%s does not reach for the process, the console or the clock',
    (folder) => {
      for (const [file, text] of texts) {
        if (!file.startsWith(`${folder}/`)) continue;
        expect(text, file).not.toMatch(
          /\bprocess\.|\bglobalThis\.process|\bconsole\.|\bDate\.now\(|new Date\(\)/,
        );
      }
    },
  );
});

test('nothing in the library but the bins exits, prints or reads process.argv', () => {
  for (const [file, text] of texts) {
    if (file.startsWith('cli/bin/')) continue;
    expect(text, file).not.toMatch(/\bprocess\.(?:exit|argv|stdout|stderr|stdin)\b|\bconsole\./);
  }
});
