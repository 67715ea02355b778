import { tryParseNormalizedNamed } from '../../reference/parse.ts';
import { familiarString, type Reference, tagNameOnly, withoutTag } from '../../reference/reference.ts';
import type { ContainerFacts } from '../facts.ts';
import type { Rule } from '../rule.ts';
import type { Subject } from '../subject.ts';

const mostNames = 20;

export const containerImageMissing: Rule = {
  name: 'container-image-missing',
  severity: 'warning',
  fix: 'none',
  concerns: 'data-root',
  summary: 'a container whose image is not there any more',
  *check(subject) {
    for (const { id, name, image, imageId } of containers(subject)) {
      if (subject.hasImage(imageId) === false) yield { imageId, args: { container: name, id, image } };
    }
  },
};

export const containerReferenceLost: Rule = {
  name: 'container-reference-lost',
  severity: 'warning',
  fix: 'proof',
  concerns: 'data-root',
  summary: 'a container was created by a name that nothing has any more',
  *check(subject) {
    const lost = new Map<string, ContainerFacts[]>();
    for (const container of containers(subject)) {
      const reference = nameOf(container);
      if (reference === undefined || subject.base.find(reference) !== undefined) continue;
      if (subject.hasImage(container.imageId) !== true) continue;
      const key = `${familiarString(reference)}\0${container.imageId}`;
      const users = lost.get(key);
      if (users === undefined) lost.set(key, [container]);
      else users.push(container);
    }
    for (const [key, users] of lost) {
      const [reference, imageId] = key.split('\0') as [string, string];
      // A tag of an image that has other names may have been removed on purpose: no repair brings it back unasked.
      const fix = reference.includes('@') || subject.namesOf(imageId).length === 0 ? 'proof' : 'none';
      const names = users.map((user) => user.name).slice(0, mostNames);
      yield {
        reference,
        imageId,
        fix,
        args: { containers: names, isUsed: users.some((user) => user.running) },
      };
    }
  },
};

function containers(subject: Subject): readonly ContainerFacts[] {
  return subject.facts.dataRoot?.containers ?? [];
}

/** The reference that a container was created by, as the store keeps it; undefined where it was an ID. */
function nameOf({ image, imageId }: ContainerFacts): Reference | undefined {
  const hex = imageId.slice(imageId.indexOf(':') + 1);
  if (imageId.startsWith(image) || hex.startsWith(image)) return undefined;
  const parsed = tryParseNormalizedNamed(image);
  if (parsed === undefined) return undefined;
  return parsed.digest === undefined ? tagNameOnly(parsed) : withoutTag(parsed);
}
