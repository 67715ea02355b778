import { usage } from '../claim-source.ts';

/**
 * What stands behind `oci:` and its like: a path, and behind the first colon a name, as skopeo reads it (so a path
 * with a colon cannot be written; ./ does not help).
 * @throws RefstoreError USAGE
 */
export function pathAndTag(
  transport: string,
  rest: string,
): { readonly path: string; readonly tag: string | undefined } {
  const colon = rest.indexOf(':');
  const path = colon < 0 ? rest : rest.slice(0, colon);
  const tag = colon < 0 ? '' : rest.slice(colon + 1);
  if (path === '')
    throw usage(`${transport}: needs a path`, `write ${transport}:PATH or ${transport}:PATH:TAG`);
  return { path, tag: tag === '' ? undefined : tag };
}

/** @throws RefstoreError USAGE */
export function pathAlone(transport: string, rest: string): string {
  if (rest === '') throw usage(`${transport}: needs a path`, `write ${transport}:PATH`);
  return rest;
}
