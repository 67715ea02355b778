import stringify from 'fast-json-stable-stringify';
import type { Patch } from './patch.ts';

/**
 * The patch as a document: the same bytes for the same patch, one operation a line, so that two patches can be
 * compared with diff(1) and a reviewer reads them.
 */
export function serializePatch(patch: Patch): string {
  const { schema, base, operations } = patch;
  const members = [
    `"schema":${JSON.stringify(schema)}`,
    ...(base === undefined ? [] : [`"base":${stringify(base)}`]),
    `"operations":[${operations.map((operation) => `\n  ${stringify(operation)}`).join(',')}\n]`,
  ];
  return `{${members.join(',\n ')}}\n`;
}
