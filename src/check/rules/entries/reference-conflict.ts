import { isImageId } from '../../../reference/digest.ts';
import { defineRule } from '../../define-rule.ts';
import { entry, quoted, shortId } from '../../message.ts';
import { isMisplaced } from '../../stored-entry.ts';
import { conflictsWith, locationOf, namedBy } from '../utils/misplaced.ts';

type Args = {
  /** The key under which the daemon looks. */
  readonly names: string;
  readonly images: readonly string[];
  /** The image that the daemon finds; absent where it finds none. */
  readonly works?: string;
};

export const referenceConflict = defineRule<Args>({
  name: 'reference-conflict',
  category: 'entries',
  severity: 'error',
  fix: 'lossy',
  summary: 'two keys are one reference, at different images',
  *check(context) {
    for (const entry of context.survey.malformed) {
      if (!isMisplaced(entry) || !isImageId(entry.imageId)) continue;
      const others = conflictsWith(context, entry);
      if (others.length === 0) continue;
      const works = others.find((other) => other.form === 'valid');
      yield {
        ...locationOf(context, entry),
        args: {
          names: namedBy(entry).reference,
          images: [...new Set([entry, ...others].map((other) => other.imageId))],
          ...(works === undefined ? {} : { works: works.imageId }),
        },
      };
    }
  },
  message: (f) => {
    const { names, images, works } = f.args;
    const finds =
      works === undefined ? 'the daemon finds none of them' : `the daemon finds ${shortId(works)}`;
    return `${entry(f)} and another key are both ${quoted(names)}, at ${images.map(shortId).join(' and ')}: ${finds}, and lists the tag at each`;
  },
  meaning:
    'docker images shows one tag on two images, and docker rmi removes the key that works. Which image is meant cannot be told from the file.',
  cause:
    "A host moved from Red Hat's docker to Docker's, and pulled the image again; or two files were merged by a script.",
  advice: [
    { text: 'Say which image is meant', command: 'refstore repair --choose NAME:TAG=IMAGE_ID' },
    {
      text: 'Or keep what works and drop the other key',
      command: 'refstore repair --lossy reference-conflict',
    },
  ],
});
