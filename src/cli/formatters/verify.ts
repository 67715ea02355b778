import {
  fails,
  formatVerified,
  type VerificationStatus,
  type Verified,
} from '../../digests/plan/verification-status.ts';
import { escapeText } from '../../util/escape.ts';
import type { Output } from '../framework/output.ts';
import { formatTable } from '../framework/table.ts';

const words: Readonly<Record<VerificationStatus, string>> = {
  holds: 'holds',
  wrong: 'WRONG',
  'image-missing': 'IMAGE MISSING',
  'not-runnable': 'DOES NOT RUN',
  unresolvable: 'NOT RESOLVABLE',
  absent: 'NOT HERE',
  'not-provable': 'not provable',
};

export function statusTable(
  digests: readonly Verified[],
  { columns, colours }: Pick<Output, 'columns' | 'colours'>,
): string {
  return formatTable(
    [
      { title: 'STANDING', text: (one) => words[one.standing] },
      { title: 'REFERENCE', text: (one) => one.reference },
      { title: 'IMAGE ID', text: (one) => one.imageId ?? '-', short: (one) => shortId(one.imageId ?? '-') },
      { title: 'BY', text: (one) => one.source ?? '-' },
    ],
    digests,
    columns,
    colours,
  );
}

/** A sentence for each that does not hold. */
export function describeStatuses(digests: readonly Verified[]): string[] {
  return digests.filter(fails).map((one) => escapeText(formatVerified(one)));
}

/** "5 hold, 1 does not, 2 cannot be proven" */
export function countStatuses(digests: readonly Verified[]): string {
  const failing = digests.filter(fails).length;
  const unproven = digests.filter(({ standing }) => standing === 'not-provable').length;
  const held = digests.length - failing - unproven;
  if (digests.length === 0) return 'there is no digest here';
  return [
    ...(held === 0 ? [] : [held === 1 ? '1 holds' : `${held} hold`]),
    ...(failing === 0 ? [] : [failing === 1 ? '1 does not hold' : `${failing} do not hold`]),
    ...(unproven === 0 ? [] : [`${unproven} cannot be proven by what is at hand`]),
  ].join(', ');
}

function shortId(imageId: string): string {
  return /^sha256:[0-9a-f]{64}$/.test(imageId) ? imageId.slice(7, 19) : imageId;
}
