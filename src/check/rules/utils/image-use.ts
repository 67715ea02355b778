import type { ImageFacts } from '../../../facts/facts.ts';
import type { CheckContext } from '../../check-context.ts';
import { list } from '../../message.ts';

/** Images that the daemon skips when it starts, with every reference at them, or lists and cannot run. */

export type UseArgs = {
  readonly references: readonly string[];
  /** Names of containers. */
  readonly containers: readonly string[];
};

export const maxNames = 20;

export function imagesOf(context: CheckContext): Iterable<[string, ImageFacts]> {
  return context.facts.dataRoot?.images ?? [];
}

/** What uses an image. Where nothing does, a finding about it is only a warning. */
export function useOf<A>(
  context: CheckContext,
  imageId: string,
  args: A,
): { readonly severity?: 'warning'; readonly args: A & UseArgs } {
  const references = context.namesOf(imageId).map((entry) => entry.reference);
  const containers = context.containersOf(imageId);
  return {
    ...(references.length + containers.length === 0 ? { severity: 'warning' } : {}),
    args: { ...args, references: references.slice(0, maxNames), containers: containers.slice(0, maxNames) },
  };
}

export function hit({ references, containers }: UseArgs): string {
  const names = [
    ...(references.length === 0 ? [] : [list(references)]),
    ...(containers.length === 0 ? [] : [`containers ${list(containers)}`]),
  ];
  return names.length === 0 ? 'no name is hit' : `hit: ${names.join('; ')}`;
}
