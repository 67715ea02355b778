import type { Entry, Repositories } from '../../repositories/repositories.ts';
import type { CheckContext } from '../check-context.ts';
import type { Step } from './step.ts';

/** The images among those that a plan touches that keep a name and have no tag: a prune removes them. */
export function untaggedImages(steps: readonly Step[], after: Repositories, context: CheckContext): string[] {
  const tagged = taggedImages(after.entries());
  const named = new Set(Array.from(after.entries(), (entry) => entry.imageId));
  const touched = steps.map(({ change }) => (change.op === 'remove' ? change.from : change.image));
  return [...new Set(touched)].filter(
    (imageId) => named.has(imageId) && !tagged.has(imageId) && context.containersOf(imageId).length === 0,
  );
}

export function taggedImages(entries: Iterable<Entry>): ReadonlySet<string> {
  const tagged = new Set<string>();
  for (const { reference, imageId } of entries) if (!isDigestKey(reference)) tagged.add(imageId);
  return tagged;
}

export function isDigestKey(reference: string): boolean {
  return reference.includes('@');
}
