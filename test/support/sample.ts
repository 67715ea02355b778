import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { LocatedStore } from '../../src/dataroot/locate.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Data roots of real engines, each with pulled images (a multi-platform one too) and four containers. */
export const healthySamples = ['healthy-20.10.24', 'healthy-26.1.5', 'healthy-28.5.2'] as const;

/** Unpacks one of fixtures/samples for the time of a test. Returns its data root. */
export async function unpackSample(name: string): Promise<string> {
  const folder = await temporaryFolder();
  const archive = fileURLToPath(new URL(`../../fixtures/samples/${name}.tar.gz`, import.meta.url));
  await promisify(execFile)('tar', ['-xzf', archive, '-C', folder]);
  const dataRoot = join(folder, 'docker');
  await addLayerFolders(dataRoot);
  return dataRoot;
}

/** The archives leave out what the graph driver keeps of each layer: its folder is put in place, empty. */
async function addLayerFolders(dataRoot: string): Promise<void> {
  const places = { overlay2: 'overlay2', vfs: 'vfs/dir' };
  for (const [driver, place] of Object.entries(places)) {
    const layers = join(dataRoot, 'image', driver, 'layerdb/sha256');
    for (const layer of await readdir(layers).catch(() => [])) {
      const cacheId = await readFile(join(layers, layer, 'cache-id'), 'utf8');
      await mkdir(join(dataRoot, place, cacheId, 'diff'), { recursive: true });
      await writeFile(join(dataRoot, place, cacheId, 'link'), 'X');
    }
  }
}

export function locationIn(dataRoot: string, driver = 'overlay2'): LocatedStore {
  return {
    dataRoot,
    driver,
    file: join(dataRoot, 'image', driver, 'repositories.json'),
    why: 'a test says so',
  };
}
