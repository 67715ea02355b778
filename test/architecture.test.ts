import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const src = fileURLToPath(new URL('../src', import.meta.url));

/** Which folders a folder may import from. What is not listed may not. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  reference: [],
  repositories: ['reference'],
  check: ['repositories', 'reference'],
  dataroot: ['check', 'repositories', 'reference'],
  engine: ['dataroot', 'repositories', 'reference'],
  store: ['engine', 'dataroot', 'repositories', 'reference'],
  sources: ['store', 'engine', 'dataroot', 'check', 'repositories', 'reference'],
  rollout: ['store', 'engine', 'dataroot', 'repositories', 'reference'],
  live: ['rollout', 'store', 'engine', 'dataroot', 'repositories', 'reference'],
  digests: ['rollout', 'sources', 'store', 'engine', 'dataroot', 'check', 'repositories', 'reference'],
  containerd: [
    'load',
    'digests',
    'sources',
    'store',
    'engine',
    'dataroot',
    'check',
    'repositories',
    'reference',
  ],
  load: ['digests', 'sources', 'store', 'engine', 'dataroot', 'repositories', 'reference'],
  fsck: ['rollout', 'sources', 'store', 'engine', 'dataroot', 'check', 'repositories', 'reference'],
};

const pure = ['reference', 'repositories', 'check', 'digests/plan'];
const effects = /^(?:node:)?(?:fs|fs\/promises|http|https|net|tls|child_process|os|process|worker_threads)$/;

interface Import {
  readonly from: string;
  readonly specifier: string;
}

async function importsOf(folder: string): Promise<Import[]> {
  const found: Import[] = [];
  for (const entry of await readdir(join(src, folder), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.ts')) continue;
    const file = join(entry.parentPath, entry.name);
    const text = await readFile(file, 'utf8');
    const pattern = /(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g;
    for (const [, specifier = ''] of text.matchAll(pattern))
      found.push({ from: relative(src, file), specifier });
  }
  return found;
}

const folders = (await readdir(src, { withFileTypes: true }))
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

describe('the direction of flow', () => {
  test.each(Object.entries(allowed))('src/%s imports from %j only', async (folder, others) => {
    const imports = await importsOf(folder);
    expect(imports.length).toBeGreaterThan(0);
    const outside = imports
      .filter(({ specifier }) => specifier.startsWith('.'))
      .map(({ from, specifier }) => ({ from, to: relative(src, join(src, dirname(from), specifier)) }))
      .filter(({ to }) => to !== 'errors.ts' && to.split('/')[0] !== folder)
      .filter(({ to }) => !others.includes(to.split('/')[0] ?? ''));
    expect(outside).toEqual([]);
  });

  test('every folder but the command line has its place in it', () => {
    expect(folders.filter((folder) => allowed[folder] === undefined)).toEqual(['cli']);
  });
});

describe('the pure core', () => {
  test.each(pure)('src/%s does no I/O', async (folder) => {
    const imports = await importsOf(folder);
    expect(imports.filter(({ specifier }) => effects.test(specifier))).toEqual([]);
  });

  test.each(pure)('src/%s does not reach for the process, the console or the clock', async (folder) => {
    for (const entry of await readdir(join(src, folder), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !entry.name.endsWith('.ts')) continue;
      const text = await readFile(join(entry.parentPath, entry.name), 'utf8');
      expect(text, entry.name).not.toMatch(
        /\bprocess\.|\bglobalThis\.process|\bconsole\.|\bDate\.now\(|new Date\(\)/,
      );
    }
  });
});

test('nothing in the library but the bins exits, prints or reads process.argv', async () => {
  for (const entry of await readdir(src, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.parentPath.endsWith('cli/bin')) continue;
    const text = await readFile(join(entry.parentPath, entry.name), 'utf8');
    expect(text, entry.name).not.toMatch(/\bprocess\.(?:exit|argv|stdout|stderr|stdin)\b|\bconsole\./);
  }
});
