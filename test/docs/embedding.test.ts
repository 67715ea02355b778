import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { built, project, runNode } from '../support/built.ts';
import { cliStore, repositories } from '../support/cli-store.ts';
import { sha256 } from '../support/data-root.ts';
import { lay } from '../support/temporary-folder.ts';

const document = readFileSync(join(project, 'docs/embedding.md'), 'utf8');
const examples = [...document.matchAll(/^<!-- (docs\/examples\/\S+) -->\n```js\n([\s\S]*?)^```$/gm)].map(
  ([, path = '', text = '']) => ({ path, text }),
);

test.each(examples)('docs/embedding.md has $path as it is', async ({ path, text }) => {
  expect(text).toBe(await readFile(join(project, path), 'utf8'));
});

test('both examples are there', () => {
  expect(examples.map(({ path }) => path)).toEqual([
    'docs/examples/commander-cli.js',
    'docs/examples/restore-digest.js',
  ]);
});

/** They import docker-refstore by its name, as a user does: that is what was built. */
function runExample(name: string, ...args: string[]) {
  built('index.js');
  return runNode([join(project, 'docs/examples', name), ...args]);
}

describe('commander-cli.js', () => {
  test('runs our commands beside its own', async () => {
    const { at } = await cliStore();
    expect(runExample('commander-cli.js', 'hello')).toEqual({ status: 0, stdout: 'hello\n', stderr: '' });
    const { status, stdout } = runExample('commander-cli.js', 'images', 'ls', ...at, '--json', 'app');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ references: [{ reference: 'app:1' }] });
    expect(runExample('commander-cli.js', 'images', 'resolve', ...at, 'nothing').status).toBe(1);
    expect(runExample('commander-cli.js', 'images', 'tag', '--help').stdout).toMatch(
      /^Usage: hostctl images tag /,
    );
    expect(runExample('commander-cli.js', 'images', '--help').stdout).toContain('apply a patch document');
  });
});

describe('restore-digest.js', () => {
  const config = '{"os":"linux"}';
  const imageId = `sha256:${sha256(config)}`;
  const manifest = JSON.stringify({ schemaVersion: 2, config: { digest: imageId } });
  const reference = `registry.example.com/app@sha256:${sha256(manifest)}`;

  async function storeWithImage() {
    const name = 'registry.example.com/app';
    const store = await cliStore(repositories({ [name]: { [`${name}:1`]: imageId } }));
    await lay(store.dataRoot, {
      'manifest.json': manifest,
      [`image/overlay2/imagedb/content/sha256/${sha256(config)}`]: config,
    });
    return { store, manifestFile: join(store.dataRoot, 'manifest.json') };
  }

  test('adds a digest that is proven, once', async () => {
    const { store, manifestFile } = await storeWithImage();
    const run = () => runExample('restore-digest.js', store.dataRoot, reference, manifestFile);
    expect(run()).toEqual({
      status: 0,
      stdout: expect.stringMatching(/^added; .* backup \S+\n$/),
      stderr: '',
    });
    expect(JSON.parse(await store.content()).Repositories['registry.example.com/app'][reference]).toBe(
      imageId,
    );
    expect(run()).toEqual({ status: 0, stdout: 'it was there already\n', stderr: '' });
  });

  test('refuses what is not', async () => {
    const { store, manifestFile } = await storeWithImage();
    const before = await store.content();
    await writeFile(manifestFile, `${manifest}\n`);
    const other = runExample('restore-digest.js', store.dataRoot, reference, manifestFile);
    expect(other).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringContaining('hashes to sha256:'),
    });
    await writeFile(manifestFile, manifest);
    const capitals = runExample(
      'restore-digest.js',
      store.dataRoot,
      `APP@sha256:${sha256(manifest)}`,
      manifestFile,
    );
    expect(capitals).toMatchObject({ status: 1, stderr: expect.stringContaining('lower case') });
    expect(await store.content()).toBe(before);
  });
});
