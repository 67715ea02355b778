import type { Claim } from '../check/claim.ts';
import type { RepairPlan, Step } from '../check/repair/plan.ts';
import { shortId } from '../check/texts/rule-text.ts';
import type { Backup } from '../store/backups.ts';
import { escapeText } from './escape.ts';
import { plural } from './plural.ts';

/** Why each entry changes, and what the plan leaves open: lines for people, before anything is asked. */
export function describePlan(plan: RepairPlan): string[] {
  return [...losses(plan), ...reasons(plan.steps), ...questions(plan), ...unused(plan)].map(escapeText);
}

function losses({ unnamed, imageCount }: RepairPlan): string[] {
  return unnamed.length === 0 ? [] : [`${ofImages(unnamed.length, imageCount)} no name back`];
}

function reasons(steps: readonly Step[]): string[] {
  if (steps.length === 0) return [];
  return ['why:', ...steps.map((step) => `  ${step.change.reference}: ${reasonOf(step)}`)];
}

function reasonOf({ why, rule, claim }: Step): string {
  const because = rule === undefined ? '' : ` (${rule})`;
  switch (why) {
    case 'rename':
      return `put where the daemon looks${because}`;
    case 'remove':
      return `the entry is lost${because}`;
    case 'claim':
      return claim === undefined ? `claimed${because}` : `${claim.source} ${claim.detail}${because}`;
  }
}

function questions({ questions: open }: RepairPlan): string[] {
  return open.flatMap(({ reference, claims }) => [
    `not decided: ${reference} has more than one claim; choose with --choose ${reference}=IMAGE_ID`,
    ...claims.map((claim) => `  ${claim.imageId}: ${claim.source} ${claim.detail}`),
  ]);
}

/** Images that lost their names, and that nothing on this host can name: for the end of a repair. */
export function describeNameless({ nameless }: RepairPlan, program: string): string[] {
  if (nameless.length === 0) return [];
  return [
    `no tag could be proven for ${plural(nameless.length, 'image')}; look at each with docker image inspect, and name it with ${program} tag IMAGE NAME:TAG`,
    ...some(nameless, (imageId) => `  ${imageId}`),
    `an earlier state may name them: ${program} backups, then ${program} repair --from backup:ID`,
  ].map(escapeText);
}

/** Why nothing was written where the store would have been empty, and what to do. */
export function describeWithheld(
  { withheld, unnamed, imageCount }: RepairPlan,
  backup: Backup | undefined,
  program: string,
): string[] {
  const images = imageCount === 0 ? '' : `: ${ofImages(unnamed.length, imageCount)} no name back`;
  const earlier =
    backup === undefined
      ? 'no backup here names anything; a copy of the file from elsewhere can be put in its place'
      : `the newest backup that names anything: ${program} repair --from backup:${backup.id}`;
  return [
    `not written: no name could be saved or proven, the store would be empty${images}`,
    'As long as Docker refuses the file, the images are safe; with an empty store docker image prune deletes them.',
    earlier,
    `or begin with an empty store, and name the images with docker tag: ${program} repair --lossy ${withheld}`,
  ].map(escapeText);
}

/** More would be noise on a terminal; --json has them all. */
const shown = 10;

function unused({ unproven, absent, untagged }: RepairPlan): string[] {
  return [
    ...some(
      unproven,
      (claim) => `not used: ${claim.reference}: ${said(claim)}, which does not prove a digest`,
    ),
    ...some(
      absent,
      (claim) =>
        `not used: ${claim.reference}: ${said(claim)}, and image ${shortId(claim.imageId)} is not here`,
    ),
    ...some(
      untagged,
      (imageId) =>
        `image ${shortId(imageId)} has no tag: a prune removes it, digests and all; give it one: refstore tag ${imageId} NAME:TAG`,
    ),
  ];
}

function said({ source, detail }: Claim): string {
  return `${source} ${detail}`;
}

function some<T>(all: readonly T[], line: (one: T) => string): string[] {
  const rest = all.length - shown;
  return [
    ...all.slice(0, shown).map(line),
    ...(rest > 0 ? [`… and ${rest} more of these (--json lists all)`] : []),
  ];
}

function ofImages(count: number, all: number): string {
  return `${count} of ${plural(all, 'image')} ${count === 1 ? 'gets' : 'get'}`;
}
