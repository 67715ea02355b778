import { load } from '../../advice.ts';
import { defineRule } from '../../define-rule.ts';
import { image, list } from '../../message.ts';
import { hit, imagesOf, maxNames, type UseArgs, useOf } from '../utils/image-use.ts';

type Args = UseArgs & {
  /** Chain ID and problem of each. */
  readonly layers: readonly string[];
};

export const imageLayersMissing = defineRule<Args>({
  name: 'image-layers-missing',
  category: 'data-root',
  severity: 'error',
  fix: 'none',
  summary: 'an image with layers that layerdb lacks or holds damaged',
  *check(context) {
    for (const [imageId, { state, badLayers }] of imagesOf(context)) {
      if (state !== 'ok' || badLayers === undefined) continue;
      const layers = badLayers.map(({ chainId, problem }) => `${chainId} (${problem})`);
      yield { imageId, ...useOf(context, imageId, { layers: layers.slice(0, maxNames) }) };
    }
  },
  message: (f) =>
    `the image ${image(f)} lacks layers (${list(f.args.layers)}): the daemon skips the image at its start; ${hit(f.args)}`,
  meaning:
    'layerdb has no usable record of a layer. The daemon logs `layer does not exist, not restoring image` and goes on without the image.',
  cause:
    'Power failed while layers were written (files of size 0 in layerdb), or folders were deleted to free space.',
  advice: [
    {
      text: 'A pull may say "Image is up to date" or `layer does not exist`: take the damaged image out of imagedb first, then pull',
      command: 'mv DATA_ROOT/image/DRIVER/imagedb/content/sha256/HEX /root/ && docker pull NAME:TAG',
    },
    load,
  ],
});
