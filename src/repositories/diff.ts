import { compareByteOrder } from './byte-order.ts';
import type { Change } from './change.ts';
import { changeOf } from './draft.ts';
import type { Repositories } from './repositories.ts';
import type { Repository } from './repository.ts';

/**
 * The changes that lead from one store to the other, in byte order of buckets and keys. Entries are compared,
 * nothing else: buckets without entries make no difference.
 */
export function diffRepositories(before: Repositories, after: Repositories): Change[] {
  const changes: Change[] = [];
  const left = before.sorted;
  const right = after.sorted;
  let i = 0;
  let j = 0;
  while (i < left.length || j < right.length) {
    const a = left[i];
    const b = right[j];
    const order = compareEnds(a?.name, b?.name);
    if (order <= 0) i++;
    if (order >= 0) j++;
    diffBuckets(order <= 0 ? a : undefined, order >= 0 ? b : undefined, changes);
  }
  return changes;
}

function diffBuckets(before: Repository | undefined, after: Repository | undefined, changes: Change[]): void {
  if (before === after || (before?.text !== undefined && before.text === after?.text)) return;
  const name = (before ?? after)?.name as string;
  const left = before?.keys ?? [];
  const right = after?.keys ?? [];
  let i = 0;
  let j = 0;
  while (i < left.length || j < right.length) {
    const order = compareEnds(left[i], right[j]);
    const key = (order <= 0 ? left[i] : right[j]) as string;
    const from = order <= 0 ? before?.ids[i++] : undefined;
    const image = order >= 0 ? after?.ids[j++] : undefined;
    const change = changeOf(name, key, from, image);
    if (change !== undefined) changes.push(change);
  }
}

/** Byte order, with the end of a list behind everything. */
function compareEnds(left: string | undefined, right: string | undefined): number {
  if (left === undefined) return right === undefined ? 0 : 1;
  return right === undefined ? -1 : compareByteOrder(left, right);
}
