import type { ImageFacts } from '../../../facts/facts.ts';
import { load, pull } from '../../advice.ts';
import { defineRule } from '../../define-rule.ts';
import { image } from '../../message.ts';
import { hit, imagesOf, type UseArgs, useOf } from '../utils/image-use.ts';

type Damage = Exclude<ImageFacts['state'], 'ok' | 'unexamined'>;
type Args = UseArgs & { readonly state: Damage };

const states: Readonly<Record<Damage, string>> = {
  empty: 'empty',
  'hash-mismatch': 'not what its name says (the sha256 differs)',
  invalid: 'no image config',
  unreadable: 'unreadable',
};

export const imageConfigDamaged = defineRule<Args>({
  name: 'image-config-damaged',
  category: 'data-root',
  severity: 'error',
  fix: 'none',
  summary: 'an image config that is empty, unreadable or not what its name says',
  *check(context) {
    for (const [imageId, { state }] of imagesOf(context)) {
      if (state === 'ok' || state === 'unexamined') continue;
      yield { imageId, ...useOf(context, imageId, { state }) };
    }
  },
  message: (f) =>
    `the config of the image ${image(f)} is ${states[f.args.state]}: the daemon skips the image at its start; ${hit(f.args)}`,
  meaning:
    'The image ID is the sha256 of the config, so a changed config is no image. The daemon logs it and goes on without the image: every reference at it is not found.',
  cause: 'Power failed while an image was pulled or loaded, or files were edited under imagedb.',
  advice: [pull, load],
});
