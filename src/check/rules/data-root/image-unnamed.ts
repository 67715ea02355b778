import { defineRule } from '../../define-rule.ts';
import { image, list } from '../../message.ts';
import { namelessImages } from '../utils/nameless-images.ts';

type Args = {
  /** By a container. */
  readonly isUsed: boolean;
  /** Names. */
  readonly containers: readonly string[];
  /** Its only tag is a rescue tag. */
  readonly isRescued?: true;
};

const maxNames = 20;

export const imageUnnamed = defineRule<Args>({
  name: 'image-unnamed',
  category: 'data-root',
  severity: 'warning',
  fix: 'proof',
  summary: 'an image without any name',
  *check(context) {
    const { facts, rescuedImages } = context;
    for (const { imageId, names, isUsed } of namelessImages(context)) {
      if (names.length > 0) continue;
      const containers = context.containersOf(imageId).slice(0, maxNames);
      const isPruned = !isUsed && facts.imageStore?.kind !== 'containerd';
      yield { imageId, ...(isPruned ? {} : { severity: 'info' }), args: { isUsed, containers } };
    }
    for (const imageId of rescuedImages) {
      const containers = context.containersOf(imageId);
      yield {
        imageId,
        severity: 'info',
        args: { isUsed: containers.length > 0, containers: containers.slice(0, maxNames), isRescued: true },
      };
    }
  },
  message: (f) => {
    const { containers, isRescued } = f.args;
    if (isRescued) {
      return `the image ${image(f)} has no tag but its rescue tag, which keeps it from docker image prune`;
    }
    const fate = containers.length === 0 ? 'docker image prune removes it' : `used by ${list(containers)}`;
    return `the image ${image(f)} has no name: ${fate}`;
  },
  meaning:
    'docker images shows it as <none>. Usual after a build that moved a tag; a sign of trouble when every image is so.',
  cause: 'A newer build or pull took the tag, or names were lost with the file.',
  advice: [
    { text: 'See whether anything knows its name', command: 'refstore repair --dry-run' },
    { text: 'Name it', command: 'docker tag IMAGE_ID NAME:TAG' },
    {
      text: 'Keep all such images from the prune, without knowing their names',
      command: 'refstore repair --rescue-tags --restart',
    },
    { text: 'Or let it go', command: 'docker image prune' },
  ],
});
