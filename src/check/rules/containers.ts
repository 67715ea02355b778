import type { ContainerFacts } from '../../facts/facts.ts';
import { tryParseNormalizedNamed } from '../../reference/parse.ts';
import { familiarString, type Reference, tagNameOnly, withoutTag } from '../../reference/reference.ts';
import type { CheckContext } from '../check-context.ts';
import type { Rule } from '../rule.ts';

const maxNames = 20;

export const containerImageMissing: Rule = {
  name: 'container-image-missing',
  severity: 'warning',
  fix: 'none',
  category: 'data-root',
  summary: 'a container whose image is not there any more',
  *check(context) {
    for (const { id, name, image, imageId } of containers(context)) {
      if (context.hasImage(imageId) === false) yield { imageId, args: { container: name, id, image } };
    }
  },
};

export const containerReferenceLost: Rule = {
  name: 'container-reference-lost',
  severity: 'warning',
  fix: 'proof',
  category: 'data-root',
  summary: 'a container was created by a name that nothing has any more',
  *check(context) {
    const lost = new Map<string, ContainerFacts[]>();
    for (const container of containers(context)) {
      const reference = nameOf(container);
      if (reference === undefined || context.base.find(reference) !== undefined) continue;
      if (context.hasImage(container.imageId) !== true) continue;
      const key = `${familiarString(reference)}\0${container.imageId}`;
      const users = lost.get(key);
      if (users === undefined) lost.set(key, [container]);
      else users.push(container);
    }
    for (const [key, users] of lost) {
      const [reference, imageId] = key.split('\0') as [string, string];
      // A tag of an image that has other names may have been removed on purpose: no repair brings it back unasked.
      const fix = reference.includes('@') || context.namesOf(imageId).length === 0 ? 'proof' : 'none';
      const names = users.map((user) => user.name).slice(0, maxNames);
      yield {
        reference,
        imageId,
        fix,
        args: { containers: names, isUsed: users.some((user) => user.running) },
      };
    }
  },
};

function containers(context: CheckContext): readonly ContainerFacts[] {
  return context.facts.dataRoot?.containers ?? [];
}

/** The reference that a container was created by, as the store keeps it; undefined where it was an ID. */
function nameOf({ image, imageId }: ContainerFacts): Reference | undefined {
  const hex = imageId.slice(imageId.indexOf(':') + 1);
  if (imageId.startsWith(image) || hex.startsWith(image)) return undefined;
  const parsed = tryParseNormalizedNamed(image);
  if (parsed === undefined) return undefined;
  return parsed.digest === undefined ? tagNameOnly(parsed) : withoutTag(parsed);
}
