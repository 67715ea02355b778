import type { CheckContext } from '../../check-context.ts';
import type { StoredEntry } from '../../stored-entry.ts';

export interface NamelessImage {
  readonly imageId: string;
  /** Its digests. */
  readonly names: readonly StoredEntry[];
  /** By a container. */
  readonly isUsed: boolean;
}

/** Images that `docker image prune` removes: it spares those with a tag, with children, or used by a container. */
export function* namelessImages(context: CheckContext): Generator<NamelessImage> {
  for (const imageId of context.untaggedImages) {
    const isUsed = context.containersOf(imageId).length > 0;
    yield { imageId, names: context.namesOf(imageId), isUsed };
  }
}
