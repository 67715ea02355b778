import type { StoreLocation } from '../../dataroot/stores.ts';
import type { Engine } from '../../engine/engine.ts';
import { maxFileSize, parseRepositories } from '../../repositories/parse.ts';
import type { Repositories } from '../../repositories/repositories.ts';
import { sha256 } from '../../store/snapshot.ts';
import type { Context } from '../framework/command.ts';
import { readInput } from '../framework/input.ts';
import { readTarget } from './read-target.ts';
import { engineOf } from './running-engine.ts';
import { openTarget } from './target.ts';

/** One side of a comparison. */
export type DiffInput =
  | {
      readonly kind: 'bytes';
      readonly repositories: Repositories;
      /** Of the bytes; undefined where there is no file. */
      readonly sha256: string | undefined;
      /** Of the store that it is of: only the memory of the daemon that works there is compared with it. */
      readonly dataRoot?: string | undefined;
    }
  | { readonly kind: 'live'; readonly engine: Engine };

const backupPrefix = 'backup:';

/**
 * What a user names: a file, `-`, `disk`, `live`, `backup:ID`.
 * @throws RepositoriesParseError and what reading throws
 */
export async function readDiffInput(text: string, context: Context): Promise<DiffInput> {
  if (text === 'live') return { kind: 'live', engine: await graphdriverEngine(context) };
  if (text === 'disk') {
    const { repositories, bytes, location } = await readTarget(context);
    return { kind: 'bytes', repositories, sha256: bytes && sha256(bytes), dataRoot: rootOf(location) };
  }
  if (!text.startsWith(backupPrefix)) return readDiffFile(text, context);
  const store = await openTarget(context, { mayBeMissing: true });
  const { backup, bytes } = await store.readBackup(text.slice(backupPrefix.length));
  return { ...sideOf(bytes, backup.file), dataRoot: rootOf(store.location) };
}

/** A file that was named is meant, whatever daemon it is compared with. */
function rootOf({ dataRoot, isFileNamed }: StoreLocation): string | undefined {
  return isFileNamed ? undefined : dataRoot;
}

/** A repositories.json that the user names. */
export async function readDiffFile(path: string, context: Context): Promise<DiffInput & { kind: 'bytes' }> {
  return sideOf(await readInput(path, maxFileSize, context), path === '-' ? 'standard input' : path);
}

function sideOf(bytes: Uint8Array, file: string): DiffInput & { kind: 'bytes' } {
  return { kind: 'bytes', repositories: parseRepositories(bytes, { file }), sha256: sha256(bytes) };
}

/** @throws CONTAINERD_IMAGE_STORE, ENGINE_FAILED */
async function graphdriverEngine(context: Context): Promise<Engine> {
  const engine = await engineOf(context);
  const { containerdRefusal } = await import('./containerd.ts');
  if ((await engine.imageStore({ signal: context.signal })) === 'containerd') {
    throw containerdRefusal('its memory cannot be compared with the file');
  }
  return engine;
}
