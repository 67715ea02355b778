import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readFailed } from '../system/regular-file.ts';

/**
 * The archives and layouts that paths name: a folder that is no layout itself stands for what lies in it, by name.
 * @throws RefstoreError READ_FAILED
 */
export async function findArchives(paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) found.push(...(await inPath(path)));
  return [...new Set(found)];
}

async function inPath(path: string): Promise<string[]> {
  if ((await kindOf(path)) !== 'folder') return [path];
  const inside: string[] = [];
  for (const name of (await readdir(path)).sort()) {
    const kind = name.startsWith('.') ? 'other' : await kindOf(join(path, name));
    if (kind === 'file' || kind === 'layout') inside.push(join(path, name));
  }
  // An empty one is told as what it is not: an archive of images.
  return inside.length > 0 ? inside : [path];
}

async function kindOf(path: string): Promise<'file' | 'layout' | 'folder' | 'other'> {
  try {
    const found = await stat(path);
    if (!found.isDirectory()) return found.isFile() ? 'file' : 'other';
    const names = await readdir(path);
    return names.includes('index.json') || names.includes('manifest.json') ? 'layout' : 'folder';
  } catch (error) {
    throw readFailed(path, error as NodeJS.ErrnoException);
  }
}
