import type { Found, Rule } from '../rule.ts';
import type { StoredEntry } from '../stored-entry.ts';
import type { Subject } from '../subject.ts';

/** Images that `docker image prune` removes: it spares those with a tag, with children, or used by a container. */

const mostNames = 20;

export const imageUntagged: Rule = {
  name: 'image-untagged',
  severity: 'warning',
  fix: 'proof',
  concerns: 'data-root',
  summary: 'an image with digests and no tag: the next prune removes it',
  *check(subject) {
    for (const { imageId, names, isUsed } of nameless(subject)) {
      if (names.length === 0 || isUsed) continue;
      const references = names.map((entry) => entry.reference).slice(0, mostNames);
      yield { imageId, args: { references } };
    }
  },
};

export const imageUnnamed: Rule = {
  name: 'image-unnamed',
  severity: 'warning',
  fix: 'proof',
  concerns: 'data-root',
  summary: 'an image without any name',
  *check(subject): Generator<Found> {
    const { facts, rescuedImages } = subject;
    for (const { imageId, names, isUsed } of nameless(subject)) {
      if (names.length > 0) continue;
      const containers = subject.containersOf(imageId).slice(0, mostNames);
      const isPruned = !isUsed && facts.imageStore?.kind !== 'containerd';
      yield { imageId, ...(isPruned ? {} : { severity: 'info' }), args: { isUsed, containers } };
    }
    for (const imageId of rescuedImages) {
      const containers = subject.containersOf(imageId);
      yield {
        imageId,
        severity: 'info',
        args: { isUsed: containers.length > 0, containers: containers.slice(0, mostNames), isRescued: true },
      };
    }
  },
};

function* nameless(
  subject: Subject,
): Generator<{ imageId: string; names: readonly StoredEntry[]; isUsed: boolean }> {
  for (const imageId of subject.untaggedImages) {
    const isUsed = subject.containersOf(imageId).length > 0;
    yield { imageId, names: subject.namesOf(imageId), isUsed };
  }
}
