import { RefstoreError } from '../errors.ts';

/** @param consequence a clause: what cannot be done for that reason */
export function containerdRefusal(consequence: string): RefstoreError {
  return new RefstoreError(
    'CONTAINERD_IMAGE_STORE',
    `the daemon uses the containerd image store and neither reads nor writes repositories.json: ${consequence}`,
    {
      hint: 'refstore load brings images in with their digests, and refstore verify checks them; with "features": {"containerd-snapshotter": false} in daemon.json it uses the graph driver store again; images pulled since are not in that one',
    },
  );
}
