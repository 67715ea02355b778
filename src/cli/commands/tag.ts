import { parseNormalizedNamed } from '../../reference/parse.ts';
import { familiarName, familiarString, tagNameOnly } from '../../reference/reference.ts';
import { changeOf } from '../../repositories/draft.ts';
import { patchFromChanges } from '../../repositories/patch.ts';
import { defineCommand } from '../framework/command.ts';
import { flag } from '../framework/options.ts';
import { one } from '../framework/positionals.ts';
import { livableOptions } from '../options/write-options.ts';
import { openTarget } from '../target/target.ts';
import { requireImage, resolveImage } from '../write/image.ts';
import { performPatch } from '../write/perform.ts';
import { writeStatuses } from '../write/statuses.ts';

export const tag = defineCommand({
  name: 'tag',
  description:
    'Adds a tag to an image, as `docker tag` does, but in the file: for a data root whose daemon is down, or is restarted with --restart. A digest cannot be added this way, as it needs proof of what it stands for.',
  options: { force: flag('move the tag if it is at another image'), ...livableOptions },
  positionals: {
    image: one('IMAGE|REF', 'a reference, an image ID, or the beginning of an image ID that the store names'),
    reference: one('REF', 'the new tag; a name alone means :latest'),
  },
  examples: [
    { line: 'tag alpine@sha256:… alpine:3.20', what: 'give an image that has only a digest a tag' },
    {
      line: 'tag --force --restart app:1.2 app:current',
      what: 'move a tag, and restart the daemon with it',
    },
  ],
  statuses: writeStatuses,
  writes: true,
  async run({ options, positionals }, context) {
    const store = await openTarget(context);
    const target = tagNameOnly(parseNormalizedNamed(positionals.reference));
    const repository = familiarName(target);
    const key = familiarString(target);
    return performPatch(
      {
        store,
        plan: ({ repositories }) => {
          const image = resolveImage(repositories, positionals.image);
          requireImage(image, store.location);
          // For the daemon's own refusals: a digest, the name sha256, a tag that is at another image.
          repositories.addTag(target, image, { force: options.force });
          const change = changeOf(repository, key, repositories.entry(repository, key), image);
          return patchFromChanges(change === undefined ? [] : [change]);
        },
      },
      options,
      context,
    );
  },
});
