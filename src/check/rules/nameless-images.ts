import type { CheckContext } from '../check-context.ts';
import type { RawFinding, Rule } from '../rule.ts';
import type { StoredEntry } from '../stored-entry.ts';

/** Images that `docker image prune` removes: it spares those with a tag, with children, or used by a container. */

const maxNames = 20;

export const imageUntagged: Rule = {
  name: 'image-untagged',
  severity: 'warning',
  fix: 'proof',
  category: 'data-root',
  summary: 'an image with digests and no tag: the next prune removes it',
  *check(context) {
    for (const { imageId, names, isUsed } of nameless(context)) {
      if (names.length === 0 || isUsed) continue;
      const references = names.map((entry) => entry.reference).slice(0, maxNames);
      yield { imageId, args: { references } };
    }
  },
};

export const imageUnnamed: Rule = {
  name: 'image-unnamed',
  severity: 'warning',
  fix: 'proof',
  category: 'data-root',
  summary: 'an image without any name',
  *check(context): Generator<RawFinding> {
    const { facts, rescuedImages } = context;
    for (const { imageId, names, isUsed } of nameless(context)) {
      if (names.length > 0) continue;
      const containers = context.containersOf(imageId).slice(0, maxNames);
      const isPruned = !isUsed && facts.imageStore?.kind !== 'containerd';
      yield { imageId, ...(isPruned ? {} : { severity: 'info' }), args: { isUsed, containers } };
    }
    for (const imageId of rescuedImages) {
      const containers = context.containersOf(imageId);
      yield {
        imageId,
        severity: 'info',
        args: { isUsed: containers.length > 0, containers: containers.slice(0, maxNames), isRescued: true },
      };
    }
  },
};

function* nameless(
  context: CheckContext,
): Generator<{ imageId: string; names: readonly StoredEntry[]; isUsed: boolean }> {
  for (const imageId of context.untaggedImages) {
    const isUsed = context.containersOf(imageId).length > 0;
    yield { imageId, names: context.namesOf(imageId), isUsed };
  }
}
