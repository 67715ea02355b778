import { RefstoreError } from '../../errors.ts';
import { tryParseNormalizedNamed } from '../../reference/parse.ts';
import { familiarName, familiarString, favorDigest } from '../../reference/reference.ts';
import { patchFromChanges } from '../../repositories/patch.ts';
import { ReferenceNotFoundError } from '../../repositories/reference-errors.ts';
import type { Entry, Repositories } from '../../repositories/repositories.ts';
import { defineCommand } from '../framework/command.ts';
import { many } from '../framework/positionals.ts';
import { livableOptions } from '../options/write-options.ts';
import { openTarget } from '../target/target.ts';
import { performPatch } from '../write/perform.ts';
import { writeStatuses } from '../write/statuses.ts';

export const untag = defineCommand({
  name: 'untag',
  description:
    'Removes references, each by itself: unlike `docker rmi` it removes no image, and not the digests beside a last tag. It also removes entries that Docker cannot resolve, named as they stand in the file.',
  options: livableOptions,
  positionals: {
    references: many('REF', 'name:tag, name@digest, or an entry as it stands; a name alone means :latest'),
  },
  examples: [
    { line: 'untag app:old app:older', what: 'two tags at once: both, or neither' },
    {
      line: 'untag docker.io/library/alpine:3.18',
      what: 'an entry that docker lists and can neither run nor remove',
    },
  ],
  statuses: writeStatuses,
  writes: true,
  async run({ options, positionals }, context) {
    return performPatch(
      {
        store: await openTarget(context),
        plan: ({ repositories }) =>
          patchFromChanges(
            [...new Set(positionals.references)].map((text) => {
              const { repository, reference, imageId } = find(repositories, text);
              return { op: 'remove', repository, reference, from: imageId };
            }),
          ),
      },
      options,
      context,
    );
  },
});

/** What the daemon finds under the very key, else the entry that stands so, else what the daemon finds. */
function find(repositories: Repositories, text: string): Entry {
  const resolved = resolvedEntry(repositories, text);
  if (resolved?.reference === text) return resolved;
  const literal = [...repositories.entries()].filter((entry) => entry.reference === text);
  const [entry = resolved, ...others] = literal;
  if (entry === undefined) throw new ReferenceNotFoundError(text);
  if (others.length === 0) return entry;
  const names = literal.map(({ repository }) => JSON.stringify(repository));
  throw new RefstoreError('REFERENCE_CONFLICT', `${text} stands in ${names.join(' and ')}`, {
    hint: 'say which one is meant with a patch: {"op":"remove","reference":…,"repository":…}',
    details: { reference: text, repositories: literal.map(({ repository }) => repository) },
  });
}

function resolvedEntry(repositories: Repositories, text: string): Entry | undefined {
  const parsed = tryParseNormalizedNamed(text);
  if (parsed === undefined) return undefined;
  const wanted = favorDigest(parsed);
  const repository = familiarName(wanted);
  const reference = familiarString(wanted);
  const imageId = repositories.entry(repository, reference);
  return imageId === undefined ? undefined : { repository, reference, imageId };
}
