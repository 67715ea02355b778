import type { RequiredReference } from '../../facts/facts.ts';
import { isImageId } from '../../reference/digest.ts';
import { InvalidReferenceError } from '../../reference/invalid-reference-error.ts';
import { parseAnyReference } from '../../reference/parse.ts';
import { familiarString, type Reference, tagNameOnly, withoutTag } from '../../reference/reference.ts';
import type { CheckContext } from '../check-context.ts';
import type { RawFinding, Rule } from '../rule.ts';

/** What the user needs: lists and compose files given with --require. */

export const requiredUnresolved: Rule = {
  name: 'required-unresolved',
  severity: 'error',
  fix: 'proof',
  category: 'required',
  summary: 'a required reference does not resolve',
  *check(context) {
    for (const required of decidable(context)) {
      const wanted = read(required.reference);
      if (typeof wanted === 'string') continue;
      const reference = wanted.name ?? required.reference;
      const trouble = unresolved(context, required, wanted);
      if (trouble !== undefined)
        yield { reference, ...trouble, args: { ...origin(required), ...trouble.args } };
    }
  },
};

export const requiredInvalid: Rule = {
  name: 'required-invalid',
  severity: 'error',
  fix: 'none',
  category: 'required',
  summary: 'a required reference is none',
  *check(context) {
    for (const required of decidable(context)) {
      const problem = read(required.reference);
      if (typeof problem !== 'string') continue;
      yield { reference: required.reference, args: { ...origin(required), reason: problem } };
    }
  },
};

export const requiredUndecidable: Rule = {
  name: 'required-undecidable',
  severity: 'warning',
  fix: 'none',
  category: 'required',
  summary: 'a required reference has a variable without a value',
  *check({ facts: { required = [] } }) {
    for (const { reference, source, line, undecidable } of required) {
      if (undecidable !== undefined) yield { reference, args: { source, line, variables: undecidable } };
    }
  },
};

function decidable({ facts: { required = [] } }: CheckContext): RequiredReference[] {
  return required.filter((reference) => reference.undecidable === undefined);
}

function origin({ source, line }: RequiredReference): { source: string; line: number } {
  return { source, line };
}

const shortId = /^(?:sha256:)?([0-9a-f]{4,63})$/;

/** Where no entry has this name: the image of which it is the beginning of the ID, as the daemon looks for it last. */
function byShortId({ base, facts }: CheckContext, text: string): string | undefined {
  const prefix = shortId.exec(text)?.[1];
  if (prefix === undefined) return undefined;
  const ids = new Set(facts.dataRoot?.images?.keys() ?? Array.from(base.entries(), (entry) => entry.imageId));
  const fits = [...ids].filter((id) => id.startsWith(`sha256:${prefix}`));
  return fits.length === 1 ? fits[0] : undefined;
}

/** What the daemon would look for: an entry's key, or an image ID. A string says why it is neither. */
function read(text: string): { name?: string; imageId?: string } | string {
  try {
    const any = parseAnyReference(text);
    if (!('path' in any)) return { imageId: any.digest };
    return { name: familiarString(storeForm(any)) };
  } catch (error) {
    if (error instanceof InvalidReferenceError) return error.reason;
    throw error;
  }
}

function storeForm(reference: Reference): Reference {
  return reference.digest === undefined ? tagNameOnly(reference) : withoutTag(reference);
}

/** Undefined where it resolves. `why`: absent, image, image-id, daemon. */
function unresolved(
  context: CheckContext,
  { reference }: RequiredReference,
  { name, imageId }: { name?: string; imageId?: string },
): RawFinding | undefined {
  const { live, imageStore } = context.facts;
  const asked = live?.resolved?.has(reference) === true;
  const refused = asked && live?.resolved?.get(reference) === undefined;
  // There the file has no say.
  if (imageStore?.kind === 'containerd') return refused ? { args: { why: 'daemon' } } : undefined;
  const named = imageId ?? (name === undefined ? undefined : context.base.find(name));
  const found = named ?? byShortId(context, reference);
  if (found === undefined) return { args: { why: 'absent' } };
  if (!isImageId(found)) return { imageId: found, args: { why: 'image-id' } };
  if (context.hasImage(found) === false) return { imageId: found, args: { why: 'image' } };
  return refused ? { imageId: found, args: { why: 'daemon' } } : undefined;
}
