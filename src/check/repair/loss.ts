import type { Repositories } from '../../repositories/repositories.ts';
import type { CheckContext } from '../check-context.ts';
import { allRules, type RuleName } from '../rules/index.ts';

import type { RepairPolicy } from './policy.ts';

/**
 * The rule that says that the file itself is damaged, so that any name may have stood in it. Told from the facts:
 * what a user makes of findings (CheckOptions.severities) changes nothing about what was lost.
 */
export function lossOfNames(context: CheckContext): RuleName | undefined {
  if (context.isCanonical) return undefined;
  for (const rule of allRules) {
    if (rule.category !== 'file') continue;
    for (const { fix = rule.fix } of rule.check(context)) if (fix === 'proof') return rule.name;
  }
  return undefined;
}

/**
 * The images that `docker image prune` deletes: without a tag, whatever digests they have, and used by no container.
 * None for a daemon that does not read the file.
 */
export function prunableImages(context: CheckContext): string[] {
  if (context.facts.imageStore?.kind === 'containerd') return [];
  return context.untaggedImages.filter((imageId) => context.containersOf(imageId).length === 0);
}

/**
 * The rule that found the loss, where writing what could be saved would have the next prune delete images: the
 * daemon refuses the file as it is, and keeps them so. Only of such a file: with one that it takes, what is not in
 * it is lost to the prune already, and each name that comes back helps.
 * @param prunable the images that a prune would delete once it is written
 */
export function ruleWithholding(
  context: CheckContext,
  after: Repositories,
  prunable: readonly string[],
  { lossy = [] }: RepairPolicy,
): RuleName | undefined {
  const { dataRoot } = context.facts;
  const images = dataRoot?.images;
  if (context.decoded !== undefined || images?.size === 0) return undefined;
  // A data root whose images could not be listed: what would be lost is not known.
  const isUnknown = dataRoot !== undefined && images === undefined;
  if (after.size > 0 && prunable.length === 0 && !isUnknown) return undefined;
  const rule = lossOfNames(context);
  return rule === undefined || lossy.includes(rule) ? undefined : rule;
}
