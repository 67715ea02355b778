import { type LocatedStore, type LocateOptions, locateStore } from '../../dataroot/locate.ts';
import { remappedStoresIn, storesIn } from '../../dataroot/stores.ts';
import { maxFileSize, parseRepositories } from '../../repositories/parse.ts';
import { Repositories } from '../../repositories/repositories.ts';
import { readRegularFile } from '../../system/regular-file.ts';
import type { Context } from '../framework/command.ts';

export interface ReadTarget {
  readonly location: LocatedStore;
  /** Undefined when there is no file; one that was named is there. */
  readonly bytes: Uint8Array | undefined;
  /** Empty when there is no file, as the daemon takes it. */
  readonly repositories: Repositories;
}

/**
 * What the store holds that the global options name, or that of the running daemon. For commands that only read:
 * opening it as a Store would load lock, backups and hashing too, and double the time that `ls` takes to start.
 * @throws what locateStore throws (STORE_NOT_FOUND for a named file that is not there, too), NOT_A_REGULAR_FILE, LIMIT_EXCEEDED, READ_FAILED, RepositoriesParseError
 */
export async function readTarget(context: Context): Promise<ReadTarget> {
  const location = await locateStore(whereToLook(context));
  await sayWhere(location, context);
  const { file } = location;
  const bytes = (await readRegularFile(file, { limit: maxFileSize }))?.bytes;
  if (bytes === undefined) await (await import('./no-file.ts')).requireNamedFile(location);
  const repositories = bytes === undefined ? Repositories.empty : parseRepositories(bytes, { file });
  return { location, bytes, repositories };
}

/** The global options that say where the store is, and the daemon to ask where they leave it open. */
export function whereToLook(context: Context): LocateOptions {
  const { 'data-root': dataRoot, driver, file } = context.globals;
  const options = { dataRoot, driver, file, env: context.env };
  if (file !== undefined) return options;
  if (dataRoot !== undefined) {
    // Only where there are several does the daemon tell which one it uses.
    const stores = [...storesIn(dataRoot), ...remappedStoresIn(dataRoot)];
    if (stores.length < 2) return options;
  }
  const askDaemon = async () => (await import('./running-engine.ts')).askDaemon(context);
  return { ...options, askDaemon };
}

/** With --verbose: which file it is, and how it was found. Always, where another one may be meant. */
export async function sayWhere({ file, why, leftOut }: LocatedStore, { out }: Context): Promise<void> {
  await out.detail(`${file}: ${why}`);
  if (leftOut === undefined) return;
  const { escapeText } = await import('../../util/escape.ts');
  const text = `warning: this is about ${file}, not about ${leftOut.join(', ')}; a daemon with userns-remap works there: to mean one of those, name its folder UID.GID with --data-root`;
  await out.warn(out.errorColours.yellow(escapeText(text)));
}
