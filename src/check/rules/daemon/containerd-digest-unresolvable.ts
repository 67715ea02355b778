import { defineRule } from '../../define-rule.ts';
import { image, quoted } from '../../message.ts';

export const containerdDigestUnresolvable = defineRule({
  name: 'containerd-digest-unresolvable',
  category: 'daemon',
  severity: 'error',
  fix: 'none',
  summary: 'a digest is recorded in the containerd image store, and the daemon does not find it',
  *check({ facts: { imageStore, containerdRecords = [] } }) {
    if (imageStore?.kind !== 'containerd') return;
    const targets = new Set(containerdRecords.map(({ target }) => target));
    for (const { reference, target } of containerdRecords) {
      const digest = digestOf(reference);
      if (digest === undefined || digest === target || targets.has(digest)) continue;
      yield { reference, imageId: target };
    }
  },
  message: (f) =>
    `the containerd image store has a record ${quoted(f.reference ?? '')} at ${image(f)}: the daemon looks a digest up by the image's own digest, and does not find this one`,
  meaning: 'docker run and compose up of this digest ask a registry, or fail without one.',
  cause:
    'Docker 29 moved the images of the classic store over: it made new manifests and kept the old names (seen on 29.7.2).',
  advice: [
    {
      text: 'Give the image the digest back, from the manifests that the daemon kept or from a digest lock',
      command: 'refstore digests restore --from content:',
    },
  ],
});

function digestOf(reference: string): string | undefined {
  const at = reference.indexOf('@');
  return at < 0 ? undefined : reference.slice(at + 1);
}
