import { load } from '../../advice.ts';
import { defineRule } from '../../define-rule.ts';
import { image, list, quoted } from '../../message.ts';
import { printable } from '../../printable.ts';
import { hit, imagesOf, maxNames, type UseArgs, useOf } from '../utils/image-use.ts';

/** One folder for all images, or the layers of one image. */
type Args =
  | { readonly path: string; readonly reason: string }
  | (UseArgs & { readonly paths: readonly string[] });

export const layerDataMissing = defineRule<Args>({
  name: 'layer-data-missing',
  category: 'data-root',
  severity: 'error',
  fix: 'none',
  summary:
    "an image that is listed and cannot run: the files of a layer are gone from the graph driver's folder",
  *check(context) {
    const { layerDataUnread, images } = context.facts.dataRoot ?? {};
    if (layerDataUnread !== undefined && (images?.size ?? 0) > 0) yield { args: { ...layerDataUnread } };
    for (const [imageId, { missingData }] of imagesOf(context)) {
      if (missingData === undefined || context.hasImage(imageId) !== true) continue;
      yield { imageId, ...useOf(context, imageId, { paths: missingData.slice(0, maxNames) }) };
    }
  },
  message: (f) =>
    'path' in f.args
      ? `no image can run: the graph driver's folder ${quoted(f.args.path)} cannot be used: ${printable(f.args.reason)}`
      : `the image ${image(f)} is listed and cannot run: the files of its layers are not there (${list(f.args.paths)}); ${hit(f.args)}`,
  meaning:
    'The daemon does not look at these files when it starts. It lists the image, a pull says "Image is up to date", and docker create or docker run fails with "no such file or directory".',
  cause: 'Folders below the graph driver were deleted to free space, or were not copied with the data root.',
  advice: [
    {
      text: 'A pull changes nothing as long as the image is known: remove the image, then pull it',
      command: 'docker image rm NAME:TAG && docker pull NAME:TAG',
    },
    load,
  ],
});
