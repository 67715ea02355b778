import { defineRule } from '../../define-rule.ts';
import { image, quoted } from '../../message.ts';

type Args = { readonly missing: 'manifest' | 'config' | 'layers' };

export const containerdImageIncomplete = defineRule<Args>({
  name: 'containerd-image-incomplete',
  category: 'daemon',
  severity: 'error',
  fix: 'none',
  summary: 'an image of the containerd image store lacks its manifest, config or layers',
  *check({ facts: { imageStore, containerdRecords = [] } }) {
    if (imageStore?.kind !== 'containerd') return;
    for (const { reference, target, missing } of containerdRecords) {
      if (missing !== undefined) yield { reference, imageId: target, args: { missing } };
    }
  },
  message: (f) =>
    `${quoted(f.reference ?? '')} (${image(f)}) is recorded in the containerd image store, and its ${f.args.missing} ${f.args.missing === 'layers' ? 'are' : 'is'} missing: no container can be made of it`,
  meaning: 'docker image inspect may show it, and docker run fails.',
  cause:
    'An archive without its layers was loaded, a load or pull was interrupted, or files below the content store were removed.',
  advice: [
    { text: 'Load the whole image, or pull it again', command: 'refstore load ARCHIVE' },
    { text: 'Or take the name away', command: 'docker rmi REFERENCE' },
  ],
});
