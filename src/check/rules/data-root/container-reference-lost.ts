import type { ContainerFacts } from '../../../facts/facts.ts';
import { tryParseNormalizedNamed } from '../../../reference/parse.ts';
import { familiarString, favorDigest, type Reference } from '../../../reference/reference.ts';
import { defineRule } from '../../define-rule.ts';
import { image, list, quoted } from '../../message.ts';
import { containersIn } from '../utils/containers.ts';

type Args = {
  /** Names. */
  readonly containers: readonly string[];
  /** One of them runs. */
  readonly isUsed: boolean;
};

const maxNames = 20;

export const containerReferenceLost = defineRule<Args>({
  name: 'container-reference-lost',
  category: 'data-root',
  severity: 'warning',
  fix: 'proof',
  summary: 'a container was created by a name that nothing has any more',
  *check(context) {
    const lost = new Map<string, ContainerFacts[]>();
    for (const container of containersIn(context)) {
      const reference = nameOf(container);
      if (reference === undefined || context.base.find(reference) !== undefined) continue;
      if (context.hasImage(container.imageId) !== true) continue;
      const key = `${familiarString(reference)}\0${container.imageId}`;
      const known = lost.get(key);
      if (known === undefined) lost.set(key, [container]);
      else known.push(container);
    }
    for (const [key, users] of lost) {
      const [reference, imageId] = key.split('\0') as [string, string];
      // A tag of an image that has other names may have been removed on purpose: no repair brings it back unasked.
      const fix = reference.includes('@') || context.namesOf(imageId).length === 0 ? 'proof' : 'none';
      const containers = users.slice(0, maxNames).map((user) => user.name);
      yield { reference, imageId, fix, args: { containers, isUsed: users.some((user) => user.running) } };
    }
  },
  message: (f) => {
    const { containers } = f.args;
    const made = containers.length === 1 ? 'the container' : 'the containers';
    return `${quoted(f.reference ?? '')} names nothing, but ${made} ${list(containers)} ${containers.length === 1 ? 'was' : 'were'} made from it, at ${image(f)}`;
  },
  meaning:
    'Made again, as compose and watchtower do, the container would be pulled, or would fail without a registry.',
  cause: 'The name was removed with docker rmi, or lost with the file.',
  advice: [
    {
      text: 'A digest, or the only name of the image, repair puts back: the container proves it',
      command: 'refstore repair',
    },
    {
      text: 'Another name of the image may have been removed on purpose; if not, add it',
      command: 'refstore tag IMAGE_ID NAME:TAG',
    },
  ],
});

/** The reference that a container was created by, as the store keeps it; undefined where it was an ID. */
function nameOf({ image, imageId }: ContainerFacts): Reference | undefined {
  const hex = imageId.slice(imageId.indexOf(':') + 1);
  if (imageId.startsWith(image) || hex.startsWith(image)) return undefined;
  const parsed = tryParseNormalizedNamed(image);
  if (parsed === undefined) return undefined;
  return favorDigest(parsed);
}
