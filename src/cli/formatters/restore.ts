import type { NotRestored, NotRestoredReason, RestoredDigest } from '../../digests/plan/decide-digest.ts';
import { formatNotRestored } from '../../digests/plan/reason-text.ts';
import type { RestorePlan } from '../../digests/plan/restore-plan.ts';
import type { PlannedRestore } from '../../digests/restore.ts';
import { escapeText } from '../../util/escape.ts';
import type { Output } from '../framework/output.ts';
import { plural } from '../framework/plural.ts';
import { wrap } from '../framework/wrap.ts';

/** More would be noise on a terminal; --json and --verbose have them all. */
const shown = 10;

/** What a restore will do and leave, for people, before anything is asked. */
export function describeRestore(
  { restored, notRestored }: RestorePlan,
  { verbose, errorColumns }: Pick<Output, 'verbose' | 'errorColumns'>,
): string[] {
  const limit = verbose ? Number.POSITIVE_INFINITY : shown;
  const proofs = restored.map(
    ({ reference, source, detail, trusted }) =>
      `  ${reference}: ${trusted ? 'said by' : 'proven by'} ${source} (${detail})`,
  );
  const left = notRestored.filter(({ reason }) => reason !== 'already-there');
  return [
    ...(proofs.length === 0 ? [] : ['why:', ...some(proofs, limit)]),
    ...(left.length === 0 ? [] : ['not restored:', ...reasonLines(left, limit)]),
  ].flatMap((line) => fitted(escapeText(line), errorColumns));
}

/** Each reason by itself: hundreds of images that are not here must not hide the one that is at another image. */
function reasonLines(left: readonly NotRestored[], limit: number): string[] {
  const byReason = new Map<NotRestoredReason, NotRestored[]>();
  for (const one of left) byReason.set(one.reason, [...(byReason.get(one.reason) ?? []), one]);
  return [...byReason.values()].flatMap((group) =>
    some(
      group.map((one) => `  ${formatNotRestored(one)}`),
      limit,
    ),
  );
}

function some(lines: readonly string[], limit: number): string[] {
  const rest = lines.length - limit;
  return [
    ...lines.slice(0, limit),
    ...(rest > 0 ? [`  … and ${rest} more of these (--verbose shows all)`] : []),
  ];
}

function fitted(line: string, columns: number | undefined): string[] {
  if (columns === undefined || line.length <= columns) return [line];
  const indent = line.startsWith('  ') ? '  ' : '';
  return wrap(line.trim(), columns - 4).map((part, index) => `${indent}${index > 0 ? '  ' : ''}${part}`);
}

export function trustWarning({ reference, imageId, source }: RestoredDigest): string {
  return escapeText(
    `warning: TRUSTED WITHOUT PROOF: ${reference} as the image ${imageId}, because ${source} says so and --trust-unproven allows it`,
  );
}

/** "3 digests restored (1 TRUSTED WITHOUT PROOF), 2 were there already, 5 not restored" */
export function countRestored(
  { restored, notRestored }: Pick<RestorePlan, 'restored' | 'notRestored'>,
  isDryRun: boolean,
): string {
  const trusted = restored.filter((one) => one.trusted).length;
  const there = notRestored.filter(({ reason }) => reason === 'already-there').length;
  const left = notRestored.length - there;
  const verb = isDryRun ? 'would be restored' : 'restored';
  const loud = trusted === 0 ? '' : ` (${trusted} of them TRUSTED WITHOUT PROOF)`;
  return [
    `${plural(restored.length, 'digest')} ${verb}${loud}`,
    ...(there === 0 ? [] : [`${there} there already`]),
    ...(left === 0 ? [] : [`${left} not restored`]),
  ].join(', ');
}

/** For JSON: the data, and the sentences. */
export function restoreDocument({
  restored,
  notRestored,
  problems,
}: Pick<PlannedRestore, 'restored' | 'notRestored' | 'problems'>): Readonly<Record<string, unknown>> {
  return {
    restored,
    trusted: restored.filter((one) => one.trusted).map(({ reference }) => reference),
    notRestored: notRestored.map((one) => ({ ...one, message: formatNotRestored(one) })),
    problems,
  };
}

const elsewhere: ReadonlySet<NotRestoredReason> = new Set<NotRestoredReason>([
  'already-there',
  'image-not-here',
  'other-platform',
]);

/** A source may be for more hosts than this one: what has no image here is no failure, unless that is all there is. */
export function isDone({ restored, notRestored }: Pick<RestorePlan, 'restored' | 'notRestored'>): boolean {
  const isThere = restored.length > 0 || notRestored.some(({ reason }) => reason === 'already-there');
  return isThere && notRestored.every(({ reason }) => elsewhere.has(reason));
}
