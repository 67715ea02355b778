import type { RequiredReference } from '../../../facts/facts.ts';
import { isImageId } from '../../../reference/digest.ts';
import { restart } from '../../advice.ts';
import type { CheckContext } from '../../check-context.ts';
import { defineRule } from '../../define-rule.ts';
import { image, quoted } from '../../message.ts';
import { decidable, type OriginArgs, origin, originOf, readRequired } from '../utils/required.ts';

type Args = OriginArgs & {
  /** `absent`: no entry · `image`: its image is not there · `image-id`: not a valid one · `daemon`: not found by it. */
  readonly why: 'absent' | 'image' | 'image-id' | 'daemon';
};

export const requiredUnresolved = defineRule<Args>({
  name: 'required-unresolved',
  category: 'required',
  severity: 'error',
  fix: 'proof',
  summary: 'a required reference does not resolve',
  *check(context) {
    for (const required of decidable(context)) {
      const wanted = readRequired(required.reference);
      if (typeof wanted === 'string') continue;
      const reference = wanted.name ?? required.reference;
      const trouble = unresolved(context, required, wanted);
      if (trouble === undefined) continue;
      const { imageId, why } = trouble;
      yield {
        reference,
        ...(imageId === undefined ? {} : { imageId }),
        args: { ...originOf(required), why },
      };
    }
  },
  message: (f) => {
    const required = `${quoted(f.reference ?? '')}, required by ${origin(f.args)},`;
    switch (f.args.why) {
      case 'absent':
        return `${required} is not here`;
      case 'image':
        return `${required} is at the image ${image(f)}, which is not there`;
      case 'image-id':
        return `${required} has ${image(f)} for an image ID`;
      case 'daemon':
        return `${required} is not found by the running daemon`;
    }
  },
  meaning: 'docker run or compose up would ask a registry for it, or fail without one.',
  cause:
    'The image was never loaded, was loaded under another name, or its digest was lost on the way (docker save and skopeo to docker-daemon: carry none).',
  advice: [
    {
      text: 'Where the image is here and only its digest is missing, restore it with proof',
      command: 'refstore digests restore --from SOURCE --restart',
    },
    { text: 'Otherwise load it', command: 'refstore load --restart ARCHIVE' },
    restart,
  ],
});

/** Undefined where it resolves. */
function unresolved(
  context: CheckContext,
  { reference }: RequiredReference,
  { name, imageId }: { name?: string; imageId?: string },
): { readonly imageId?: string; readonly why: Args['why'] } | undefined {
  const { live, imageStore } = context.facts;
  const asked = live?.resolved?.has(reference) === true;
  const refused = asked && live?.resolved?.get(reference) === undefined;
  // There the file has no say.
  if (imageStore?.kind === 'containerd') return refused ? { why: 'daemon' } : undefined;
  const named = imageId ?? (name === undefined ? undefined : context.base.find(name));
  const found = named ?? byShortId(context, reference);
  if (found === undefined) return { why: 'absent' };
  if (!isImageId(found)) return { imageId: found, why: 'image-id' };
  if (context.hasImage(found) === false) return { imageId: found, why: 'image' };
  return refused ? { imageId: found, why: 'daemon' } : undefined;
}

const shortIdPattern = /^(?:sha256:)?([0-9a-f]{4,63})$/;

/** Where no entry has this name: the image of which it is the beginning of the ID, as the daemon looks for it last. */
function byShortId({ base, facts }: CheckContext, text: string): string | undefined {
  const prefix = shortIdPattern.exec(text)?.[1];
  if (prefix === undefined) return undefined;
  const ids = new Set(facts.dataRoot?.images?.keys() ?? Array.from(base.entries(), (entry) => entry.imageId));
  const fits = [...ids].filter((id) => id.startsWith(`sha256:${prefix}`));
  return fits.length === 1 ? fits[0] : undefined;
}
