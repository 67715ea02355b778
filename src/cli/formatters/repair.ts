import { shortId } from '../../check/message.ts';
import type { RepairPlan } from '../../check/repair/plan.ts';
import type { Step } from '../../check/repair/step.ts';
import type { PlannedRepair } from '../../check-and-repair/repair-store.ts';
import type { ImageSummary } from '../../dataroot/image-summary.ts';
import type { Claim } from '../../facts/claim.ts';
import { escapeText } from '../../util/escape.ts';
import { plural } from '../framework/plural.ts';

/** Why each entry changes, and what the plan leaves open: lines for people, before anything is asked. */
export function describePlan(plan: RepairPlan): string[] {
  return [...reasons(plan.steps), ...questions(plan), ...unused(plan)].map(escapeText);
}

/** Evidence that could not be read: more names might come back with it. Told before anything is written. */
export function describeUnread({ plan, problems }: PlannedRepair, isVerbose: boolean): string[] {
  const isLess = plan.imageCount > 0 && (plan.nameless.length > 0 || plan.withheld !== undefined);
  if (problems.length === 0 || !(isLess || isVerbose)) return [];
  return [
    'warning: what might tell more names could not be read:',
    ...some(problems, ({ path, reason }) => `  ${path}: ${reason}`),
  ].map(escapeText);
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
    case 'choice':
      return `chosen with --choose${because}`;
    case 'rescue':
      return 'a rescue tag: the image has no other tag';
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

/** What a prune will delete once the plan is carried out, and what to do instead; nothing where it deletes none. */
export function describeLoss(planned: PlannedRepair, program: string): string[] {
  const { prunable, imageCount } = planned.plan;
  if (prunable.length === 0) return [];
  return [
    `warning: ${ofImages(prunable.length, imageCount)} no tag back: docker image prune deletes ${prunable.length === 1 ? 'it' : 'them'}`,
    ...imageLines(planned),
    ...waysOut(planned, program),
  ].map(escapeText);
}

/** Images that lost their names, and that nothing on this host can name: for the end of a repair. */
export function describeNameless({ plan: { nameless }, loss }: PlannedRepair, program: string): string[] {
  if (nameless.length === 0) return [];
  const backup = loss?.backup;
  return [
    `no tag could be proven for ${plural(nameless.length, 'image')}; look at each with docker image inspect, and name it with ${program} tag IMAGE NAME:TAG`,
    ...some(nameless, (imageId) => `  ${imageId}`),
    `an earlier state may name them: ${program} backups, then ${program} repair --from backup:${backup?.backup.id ?? 'ID'}`,
  ].map(escapeText);
}

/** Why nothing was written, what would be lost, and what to do. */
export function describeWithheld(planned: PlannedRepair, program: string): string[] {
  const { withheld, entryCount, prunable, imageCount } = planned.plan;
  const saved =
    entryCount === 0
      ? 'no name could be saved or proven, the store would be empty'
      : `${plural(entryCount, 'entry', 'entries')} could be saved or proven`;
  const lost =
    imageCount === 0
      ? ', and which images are here is not known'
      : `; ${ofImages(prunable.length, imageCount)} no tag back`;
  return [
    `not written: ${saved}${lost}`,
    'As long as Docker refuses the file, the images are safe; once it is written, docker image prune deletes those without a tag.',
    ...imageLines(planned),
    ...waysOut(planned, program),
    `or accept that the next prune deletes them: ${program} repair --lossy ${withheld}`,
  ].map(escapeText);
}

function imageLines({ loss }: PlannedRepair): string[] {
  return some(loss?.images ?? [], (image) => `  ${imageText(image)}`);
}

const shownLabels = 4;

function imageText({ imageId, created, command, labels = {}, size, problem }: ImageSummary): string {
  const all = Object.entries(labels);
  const more = all.length > shownLabels ? [`… and ${all.length - shownLabels} more`] : [];
  const named = [...all.slice(0, shownLabels).map(([name, value]) => `${name}=${value}`), ...more];
  return [
    shortId(imageId),
    ...(problem === undefined ? [] : [`its config cannot be read: ${problem}`]),
    ...(created === undefined ? [] : [`created ${created}`]),
    ...(size === undefined ? [] : [`${(size / 1e6).toFixed(1)} MB`]),
    ...(command === undefined ? [] : [`command ${JSON.stringify(command)}`]),
    ...(named.length === 0 ? [] : [`labels ${named.join(', ')}`]),
  ].join('; ');
}

/** Of one that names none of the images, too: it says what it holds, and somebody may have moved it. */
function waysOut({ loss }: PlannedRepair, program: string): string[] {
  const backup = loss?.backup;
  return [
    backup === undefined
      ? `no backup here names anything; a plain copy of the file from elsewhere: ${program} repair --from file:FILE`
      : `the newest good backup, of ${backup.backup.time}, holds ${plural(backup.entries, 'entry', 'entries')} and names ${backup.named} of these images: ${program} repair --from backup:${backup.backup.id}`,
    `other sources that name them: ${program} repair --from docker-archive:FILE, oci-archive:FILE, lock:FILE or file:FILE`,
    `or keep them from every prune without a name: ${program} repair --rescue-tags (${program} untag removes these tags later)`,
  ];
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
