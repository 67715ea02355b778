import type { Rule } from '../rule.ts';

/** What concerns a daemon with the containerd image store; its metadata was read. */

export const containerdDigestUnresolvable: Rule = {
  name: 'containerd-digest-unresolvable',
  severity: 'error',
  fix: 'none',
  category: 'daemon',
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
};

export const containerdImageIncomplete: Rule = {
  name: 'containerd-image-incomplete',
  severity: 'error',
  fix: 'none',
  category: 'daemon',
  summary: 'an image of the containerd image store lacks its manifest, config or layers',
  *check({ facts: { imageStore, containerdRecords = [] } }) {
    if (imageStore?.kind !== 'containerd') return;
    for (const { reference, target, missing } of containerdRecords) {
      if (missing !== undefined) yield { reference, imageId: target, args: { missing } };
    }
  },
};

export const unusedImageStore: Rule = {
  name: 'unused-image-store',
  severity: 'info',
  fix: 'none',
  category: 'daemon',
  summary: 'the image store that is not in use holds images or containers',
  *check({ facts: { imageStore, containerdRecords = [], dataRoot } }) {
    if (imageStore === undefined) return;
    if (imageStore.kind === 'graphdriver') {
      if (containerdRecords.length === 0) return;
      yield { args: { store: 'containerd', images: containerdRecords.length, containers: 0 } };
      return;
    }
    const images = dataRoot?.images?.size ?? 0;
    const containers = dataRoot?.containers.length ?? 0;
    if (images + containers > 0) yield { args: { store: dataRoot?.driver ?? '', images, containers } };
  },
};

function digestOf(reference: string): string | undefined {
  const at = reference.indexOf('@');
  return at < 0 ? undefined : reference.slice(at + 1);
}
