import { load, pull } from '../../advice.ts';
import { defineRule } from '../../define-rule.ts';
import { image, quoted } from '../../message.ts';
import { printable } from '../../printable.ts';
import { containersIn } from '../utils/containers.ts';

type Args = {
  /** Its name. */
  readonly container: string;
  readonly id: string;
  /** What it was created by. */
  readonly image: string;
};

export const containerImageMissing = defineRule<Args>({
  name: 'container-image-missing',
  category: 'data-root',
  severity: 'warning',
  fix: 'none',
  summary: 'a container whose image is not there any more',
  *check(context) {
    for (const { id, name, image, imageId } of containersIn(context)) {
      if (context.hasImage(imageId) === false) yield { imageId, args: { container: name, id, image } };
    }
  },
  message: (f) =>
    `the container ${quoted(f.args.container)} was made from ${image(f)} (${printable(f.args.image)}), which is not there`,
  meaning:
    'The container may still run and start: its layers are its own. It cannot be made anew, committed or inspected down to its image.',
  cause: 'The image was removed with docker rmi -f, or its files are damaged.',
  advice: [pull, load],
});
