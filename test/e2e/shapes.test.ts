import { lstat, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseRepositories } from '../../src/repositories/parse.ts';
import type { Repositories } from '../../src/repositories/repositories.ts';
import { RepositoriesParseError } from '../../src/repositories/repositories-parse-error.ts';
import { serializeRepositories } from '../../src/repositories/serialize.ts';
import { Dockerd, engineLines } from './support/dockerd.ts';
import { makeImage } from './support/images.ts';
import { project } from './support/workplace.ts';

/** The two images of fixtures/shapes; in a run they are replaced by images that this daemon has. */
const recorded = {
  alpine: 'sha256:4d87d2244e116d6178c353a764d1d7256b097fe9b94b0d2260edae4558e5109e',
  app: 'sha256:9a919eaa9b32b43b712ab68a950aa04112462effb1b4d548951c502f96b58dac',
};
const alpine = makeImage('alpine');
const app = makeImage('app');
const folder = join(project, 'fixtures/shapes');
const shapes = (await readdir(folder)).filter((name) => name.endsWith('.json'));

describe.each(engineLines)('engine %s', (line) => {
  let daemon: Dockerd;
  let file: string;

  beforeAll(async () => {
    daemon = await Dockerd.create({ line });
    await daemon.start();
    await daemon.load(alpine, 'alpine:3.18');
    await daemon.load(app, 'demo/app:1.1');
    file = await daemon.repositoriesFile();
    await daemon.stop();
  });

  afterAll(async () => {
    await daemon?.dispose();
  });

  describe('a file that we read is one that the daemon starts with, and no other', () => {
    test.each(shapes)('%s', async (name) => {
      const before = await shape(name);
      const ours = read(before);
      await writeFile(file, before);
      const starts = await daemon.tryStart();
      try {
        const words = starts ? 'it starts' : await daemon.lastWords();
        expect({ starts, words }).toEqual({ starts: ours !== undefined, words: expect.any(String) });
        if (ours !== undefined) await compareWith(ours, before);
      } finally {
        await daemon.kill();
      }
    });

    test('all of them ran', () => {
      expect(shapes.length).toBeGreaterThanOrEqual(73);
    });
  });

  describe('what is not a regular file', () => {
    test('a folder stops the daemon', async () => {
      await rm(file, { force: true });
      await mkdir(file);
      expect(await daemon.tryStart()).toBe(false);
      expect(await daemon.lastWords()).toContain('is a directory');
      await rm(file, { recursive: true });
    });

    test('a symlink is read, and never written through', async () => {
      const target = join(daemon.root, 'elsewhere.json');
      await writeFile(target, '{}');
      await symlink(target, file);
      await daemon.start();
      const tagged = daemon.docker('tag', alpine.id, 'probe:1');
      if (line === '28.5') await expect(tagged).rejects.toThrow('cannot write to a symbolic link directly');
      else await tagged;
      await daemon.kill();
      expect(await readFile(target, 'utf8')).toBe('{}');
      // The older ones put a file in the place of the link.
      expect((await lstat(file)).isSymbolicLink()).toBe(line === '28.5');
      await rm(file);
    });

    test('a missing file is an empty store, written at once', async () => {
      await rm(file, { force: true });
      await daemon.start();
      await daemon.kill();
      expect(await readFile(file, 'utf8')).toBe(serializeRepositories(parseRepositories('{}')));
    });
  });

  /** The daemon's memory, as its next save shows it, is ours with the same tag added: byte for byte. */
  async function compareWith(ours: Repositories, before: Uint8Array): Promise<void> {
    if (ours.isNull) {
      await expect(daemon.docker('tag', alpine.id, 'probe/probe:1')).rejects.toThrow();
      expect(await readFile(file)).toEqual(Buffer.from(before));
      return;
    }
    await daemon.docker('tag', alpine.id, 'probe/probe:1');
    expect(await readFile(file, 'utf8')).toBe(serializeRepositories(ours.addTag('probe/probe:1', alpine.id)));
  }
});

function read(bytes: Uint8Array): Repositories | undefined {
  try {
    return parseRepositories(bytes);
  } catch (error) {
    if (error instanceof RepositoriesParseError) return undefined;
    throw error;
  }
}

/** IDs have one length, so that nothing moves. Latin-1 keeps bytes that are no text. */
async function shape(name: string): Promise<Buffer> {
  const text = (await readFile(join(folder, basename(name)))).toString('latin1');
  return Buffer.from(text.replaceAll(recorded.alpine, alpine.id).replaceAll(recorded.app, app.id), 'latin1');
}
