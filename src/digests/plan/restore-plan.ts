import { type Patch, patchFromChanges } from '../../repositories/patch.ts';
import type { Repositories } from '../../repositories/repositories.ts';
import type { DigestMatch } from '../../sources/evidence/digest-match.ts';
import { type DigestDecision, decideDigest, type NotRestored, type RestoredDigest } from './decide-digest.ts';
import type { RestorePolicy } from './restore-policy.ts';
import { digestRepository, readTrust, refuseUnclaimed, trustedMatches } from './trust.ts';

export interface RestorePlan {
  readonly patch: Patch;
  /** In the order of the patch's operations. */
  readonly restored: readonly RestoredDigest[];
  readonly notRestored: readonly NotRestored[];
}

/**
 * The patch that gives the images here their digests, as far as sources prove them. It only ever adds: what the
 * store has at another image is told, and left for a repair, which can prove it wrong, or an untag.
 * @throws RefstoreError INVALID_REFERENCE for what `trust` names and is no digest; UNPROVEN_DIGEST when no source
 *   says which image it is
 */
export function planRestore(
  matches: readonly DigestMatch[],
  repositories: Repositories,
  policy: RestorePolicy = {},
): RestorePlan {
  const trust = readTrust(policy.trust ?? []);
  const all = [...matches, ...trustedMatches(matches, trust, repositories)];
  const decisions = groups(all).map((group) => decideDigest(group, trust));
  refuseUnclaimed(trust, all);
  const isTagged = taggedIn(repositories);
  const decided = decisions.map((one) => (policy.untagged === 'add' ? one : refuseUntagged(one, isTagged)));
  const restored = decided.flatMap((one) => ('restored' in one ? one.restored : []));
  return {
    patch: patchFromChanges(
      restored.map(({ reference, imageId: image }) => {
        return { op: 'add', repository: digestRepository(reference), reference, image };
      }),
    ),
    restored,
    notRestored: decided.flatMap((one) => {
      return 'restored' in one || isTrusted(one.notRestored, restored) ? [] : one.notRestored;
    }),
  };
}

/** The images that a plan needs, and that have no tag in a store: never without one, unless it was asked for. */
export function untaggedIn(
  { restored }: Pick<RestorePlan, 'restored'>,
  repositories: Repositories,
  { untagged }: RestorePolicy,
): string[] {
  if (untagged === 'add') return [];
  const isTagged = taggedIn(repositories);
  return [...new Set(restored.map(({ imageId }) => imageId))].filter((imageId) => !isTagged(imageId));
}

/** An image whose digest its source does not know, and who trusts does. */
function isTrusted({ reason, imageId }: NotRestored, restored: readonly RestoredDigest[]): boolean {
  return reason === 'no-digest' && restored.some((one) => one.trusted && one.imageId === imageId);
}

/** What all sources say of one reference; what has no reference stands by itself. */
function groups(matches: readonly DigestMatch[]): DigestMatch[][] {
  const byReference = new Map<string, DigestMatch[]>();
  const nameless: DigestMatch[][] = [];
  for (const match of matches) {
    const { reference } = match;
    const group = reference === undefined ? undefined : byReference.get(reference);
    if (reference === undefined) nameless.push([match]);
    else if (group === undefined) byReference.set(reference, [match]);
    else group.push(match);
  }
  return [...byReference.values(), ...nameless];
}

function refuseUntagged(decision: DigestDecision, isTagged: (imageId: string) => boolean): DigestDecision {
  if ('notRestored' in decision || isTagged(decision.restored.imageId)) return decision;
  const { outcome: _outcome, ...rest } = decision.match;
  return { notRestored: { ...rest, reason: 'untagged' } };
}

/** The daemon counts every tag that it lists, of whichever repository (image prune: dangling is without a tag). */
function taggedIn(repositories: Repositories): (imageId: string) => boolean {
  return (imageId) => repositories.references(imageId).some((reference) => !reference.includes('@'));
}
