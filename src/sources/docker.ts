import { readEntry } from '../check/stored-entry.ts';
import { parseNormalizedNamed, tryParseNormalizedNamed } from '../reference/parse.ts';
import { familiarName, familiarString, favorDigest, type Reference } from '../reference/reference.ts';
import { type Transport, usage } from './claim-source.ts';
import { evidenceSource, localImagesOf } from './evidence/evidence-source.ts';
import type { LocalImages } from './evidence/local-images.ts';
import { type Naming, nameThere } from './evidence/naming.ts';

/** A registry: one reference, or everything that is here under a name, each asked of the registry of its name. */
export const docker: Transport = {
  name: 'docker',
  usage: 'docker://[REF]',
  summary: 'a registry: this reference, or every tag and digest that is here',
  open(rest) {
    if (!rest.startsWith('//')) {
      throw usage(
        `docker: takes a reference behind two slashes, and ${JSON.stringify(rest)} was given`,
        'write docker://REF',
      );
    }
    const text = rest.slice(2);
    const source = `docker:${rest}`;
    const one = text === '' ? undefined : wantedOf(parseNormalizedNamed(text));
    return evidenceSource(source, async (context) => {
      const local = await localImagesOf(context);
      const references = one === undefined ? referencesHere(local, context.naming) : [one];
      const { askRegistries } = await import('./registry/ask.ts');
      return await askRegistries(references, { source, local, context, isOne: one !== undefined });
    });
  },
};

/** By its digest, if it has one. */
function wantedOf(reference: Reference): Reference {
  return favorDigest(reference);
}

/** Every tag and digest of the store that the daemon finds, by the name that the registry has for it. */
function referencesHere({ repositories }: LocalImages, naming: Naming = {}): Reference[] {
  const references = new Map<string, Reference>();
  for (const entry of repositories.entries()) {
    const { form, parsed } = readEntry(entry);
    if (form !== 'valid' || parsed === undefined) continue;
    const there = tryParseNormalizedNamed(nameThere(familiarName(parsed), naming));
    if (there === undefined) continue;
    const reference = { ...parsed, domain: there.domain, path: there.path };
    references.set(familiarString(reference), reference);
  }
  return [...references.values()];
}
