import type { Claim } from '../../facts/claim.ts';
import type { Report } from '../check.ts';
import type { RuleName } from '../rules/index.ts';
import { storeKey } from '../stored-entry.ts';
import { hiddenEntries } from './evidence.ts';
import { lossOfNames } from './loss.ts';
import type { RepairPolicy } from './policy.ts';

/** Findings about one reference that a claim can fix. */
const aboutReference: ReadonlySet<RuleName> = new Set<RuleName>([
  'image-id-malformed',
  'reference-conflict',
  'ghost-tag',
  'ghost-digest',
  'digest-wrong-image',
  'container-reference-lost',
  'required-unresolved',
]);

/** Findings about an image that any name helps. */
const aboutImage: ReadonlySet<RuleName> = new Set<RuleName>(['image-untagged', 'image-unnamed']);

/**
 * The references, as the store keeps them, for which claims are looked at, each with the rule that asks for it:
 * undefined where the policy asks for all.
 */
export function wantedReferences(
  { findings, context }: Report,
  claims: readonly Claim[],
  policy: RepairPolicy,
): ReadonlyMap<string, RuleName | undefined> {
  const wanted = new Map<string, RuleName | undefined>();
  for (const { rule, fix, reference = '' } of findings) {
    const key = aboutReference.has(rule) && fix !== 'none' ? storeKey(reference) : undefined;
    if (key !== undefined && !wanted.has(key)) wanted.set(key, rule);
  }
  for (const { reference } of hiddenEntries(context)) {
    const key = storeKey(reference);
    if (key !== undefined && !wanted.has(key)) wanted.set(key, 'duplicate-bucket');
  }
  const nameless = new Map(
    findings.filter(({ rule }) => aboutImage.has(rule)).map(({ rule, imageId }) => [imageId, rule]),
  );
  const lostNames = lossOfNames(context);
  // Where any name may be gone, the user may know one that nothing on this host tells.
  if (lostNames !== undefined) {
    for (const key of policy.answers?.keys() ?? []) if (!wanted.has(key)) wanted.set(key, lostNames);
  }
  for (const { reference, imageId } of claims) {
    const rule = lostNames ?? nameless.get(imageId);
    if (rule === undefined && policy.add !== 'all') continue;
    const key = storeKey(reference);
    if (key !== undefined && !wanted.has(key)) wanted.set(key, rule);
  }
  return wanted;
}
