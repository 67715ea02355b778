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
  severity: 'info',
  fix: 'proof',
  concerns: 'data-root',
  summary: 'an image without any name',
  *check(subject): Generator<Found> {
    for (const { imageId, names, isUsed } of nameless(subject)) {
      if (names.length > 0) continue;
      const containers = subject.containersOf(imageId).slice(0, mostNames);
      yield { imageId, args: { isUsed, containers } };
    }
  },
};

/** Images that the daemon has, that no other was built on, and that have no tag. */
function* nameless(
  subject: Subject,
): Generator<{ imageId: string; names: readonly StoredEntry[]; isUsed: boolean }> {
  const { dataRoot } = subject.facts;
  if (dataRoot === undefined) return;
  const parents = new Set(Array.from(dataRoot.images.values(), (image) => image.parent));
  for (const imageId of dataRoot.images.keys()) {
    if (parents.has(imageId) || !subject.hasImage(imageId)) continue;
    const names = subject.namesOf(imageId);
    if (names.some((entry) => entry.parsed?.tag !== undefined)) continue;
    yield { imageId, names, isUsed: subject.containersOf(imageId).length > 0 };
  }
}
