import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Operation, Patch } from '../../src/repositories/patch.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import { lay, temporaryFolder } from './temporary-folder.ts';

export const idA = `sha256:${'a'.repeat(64)}`;
export const idB = `sha256:${'b'.repeat(64)}`;

/** What the daemon would write for alpine:3.20 at idA. */
export const oneTag = `{"Repositories":{"alpine":{"alpine:3.20":"${idA}"}}}`;

/** A data root with one store; `content` undefined leaves the file out. */
export async function storeWith(content: string | undefined): Promise<Store> {
  const dataRoot = await temporaryFolder();
  await lay(dataRoot, { 'image/overlay2/': '' });
  if (content !== undefined) await lay(dataRoot, { 'image/overlay2/repositories.json': content });
  return await openStore({ dataRoot, installations: [], command: 'test' });
}

export function patch(...operations: Operation[]): Patch {
  return { schema: 'docker-refstore/patch/v1', operations };
}

export function add(reference: string, image = idA): Operation {
  return { op: 'add', reference, image };
}

/** Names in the store's folder other than the file and its backups: there must be none after a commit. */
export async function leftovers({ location }: Store): Promise<string[]> {
  const usual = ['repositories.json', 'repositories.json.backups'];
  const names = await readdir(dirname(location.file));
  return names.filter((name) => !usual.includes(name));
}

export const storeFolder = (store: Store, name: string): string => join(dirname(store.location.file), name);
