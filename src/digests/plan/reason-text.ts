import { formatDigestMatch } from '../../sources/evidence/digest-match.ts';
import type { NotRestored } from './decide-digest.ts';

/** One sentence: why nothing is added, and where there is one, what to do about it. */
export function formatNotRestored({ reason, ...match }: NotRestored): string {
  const { reference, imageId, proven } = match;
  switch (reason) {
    case 'untagged':
      return `${reference} is the digest of ${imageId}, which has no tag here: the next prune would remove the image and its digests. Tag it first (refstore tag ${imageId} ${match.tag ?? 'NAME:TAG'}), or say --untagged`;
    case 'sources-disagree':
      return `${reference}: the sources name different images for it (${proven.join(', ')}), and all of them are here: leave one source out`;
    case 'not-runnable':
      return `${reference}: the daemon took it and cannot create a container from it (${match.detail}): it was taken back`;
    case 'not-runnable-left':
      return `${reference}: the daemon took it and cannot create a container from it (${match.detail}); it was left, as the tags of its repository that have this digest would go with it`;
    case 'held-by-another':
      return proven.length > 0
        ? `${formatDigestMatch({ ...match, outcome: reason })} (with --from ${match.source}), or refstore untag ${reference} makes room`
        : `${reference} is said to be the image ${imageId}, and the store has it at ${match.other}: nothing is moved without proof; refstore untag ${reference} makes room`;
    default:
      return formatDigestMatch({ ...match, outcome: reason });
  }
}
