import { defineRule } from '../../define-rule.ts';
import { image, list } from '../../message.ts';
import { namelessImages } from '../utils/nameless-images.ts';

type Args = { readonly references: readonly string[] };

const maxNames = 20;

export const imageUntagged = defineRule<Args>({
  name: 'image-untagged',
  category: 'data-root',
  severity: 'warning',
  fix: 'proof',
  summary: 'an image with digests and no tag: the next prune removes it',
  *check(context) {
    for (const { imageId, names, isUsed } of namelessImages(context)) {
      if (names.length === 0 || isUsed) continue;
      const references = names.map((entry) => entry.reference).slice(0, maxNames);
      yield { imageId, args: { references } };
    }
  },
  message: (f) =>
    `the image ${image(f)} has no tag, only ${list(f.args.references)}: docker image prune removes it`,
  meaning:
    'For prune an image without a tag is dangling, whatever digests it has. A container that uses it would protect it.',
  cause: 'It was pulled by digest, or its tag was moved to a newer image.',
  advice: [{ text: 'Give it a tag', command: 'docker tag NAME@DIGEST NAME:TAG' }],
});
