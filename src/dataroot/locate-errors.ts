import { basename, join } from 'node:path';
import { RefstoreError } from '../errors.ts';
import type { FoundStore, StoreLink } from './stores.ts';

/** A data root that was looked into, and why that failed, if it did. */
export interface Looked {
  readonly dataRoot: string;
  readonly problem?: RefstoreError;
  /** Links that were seen in it and not followed. */
  readonly links?: readonly StoreLink[];
}

export function noFolder(folder: string, file: string): RefstoreError {
  return new RefstoreError('STORE_NOT_FOUND', `there is no folder ${folder}`, {
    hint: 'name a repositories.json in an existing folder',
    details: { file },
  });
}

export function storeNotFound(
  looked: readonly Looked[],
  others: readonly FoundStore[],
  driver: string | undefined,
): RefstoreError {
  const wanted = driver === undefined ? 'no reference store' : `no reference store of the driver ${driver}`;
  const places = looked.map(({ dataRoot, problem }) => dataRoot + (problem ? ` (${problem.message})` : ''));
  const files = others.map((store) => store.file);
  const there = files.length === 0 ? '' : `; there is ${files.join(', ')}`;
  const links = looked.flatMap((one) => one.links ?? []);
  const unfollowed = links.map(
    ({ path, target }) => `; ${path} is a symbolic link to ${target}, and was not followed`,
  );
  const [link] = links;
  const behind =
    link === undefined
      ? ''
      : `: where the link leads, ${join(link.target, basename(link.path) === 'image' ? 'DRIVER' : '', 'repositories.json')}`;
  const denied = looked.find(({ problem }) => problem?.hint !== undefined)?.problem?.hint;
  return new RefstoreError(
    'STORE_NOT_FOUND',
    `${wanted} found in ${places.join(', ')}${there}${unfollowed.join('')}`,
    {
      hint: `name the data root with --data-root, or the file with --file${behind}${denied ? `; or ${denied}` : ''}`,
      details: { looked: looked.map(({ dataRoot }) => dataRoot), driver, found: files },
    },
  );
}

export function storeAmbiguous(stores: readonly FoundStore[]): RefstoreError {
  const files = stores.map((store) => store.file);
  const drivers = new Set(stores.map((store) => store.driver));
  return new RefstoreError(
    'STORE_AMBIGUOUS',
    `there are ${files.length} reference stores, and no running daemon or daemon.json tells which one is in use: ${files.join(', ')}`,
    {
      hint:
        drivers.size === stores.length
          ? `name one with --driver ${[...drivers].join(' or --driver ')}`
          : 'name one with --data-root, or with --file',
      details: { stores: stores.map(({ dataRoot, driver, file }) => ({ dataRoot, driver, file })) },
    },
  );
}
