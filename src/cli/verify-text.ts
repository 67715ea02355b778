import { fails, formatVerified, type Standing, type Verified } from '../digests/plan/standing.ts';
import { escapeText } from './escape.ts';
import type { Output } from './output.ts';
import { formatTable } from './table.ts';

const words: Readonly<Record<Standing, string>> = {
  holds: 'holds',
  wrong: 'WRONG',
  'image-missing': 'IMAGE MISSING',
  'not-runnable': 'DOES NOT RUN',
  unresolvable: 'NOT RESOLVABLE',
  absent: 'NOT HERE',
  'not-provable': 'not provable',
};

export function standingTable(
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
export function describeStandings(digests: readonly Verified[]): string[] {
  return digests.filter(fails).map((one) => escapeText(formatVerified(one)));
}

/** "5 hold, 1 does not, 2 cannot be proven" */
export function countStandings(digests: readonly Verified[]): string {
  const failing = digests.filter(fails).length;
  const unproven = digests.filter(({ standing }) => standing === 'not-provable').length;
  const holding = digests.length - failing - unproven;
  if (digests.length === 0) return 'there is no digest here';
  return [
    ...(holding === 0 ? [] : [holding === 1 ? '1 holds' : `${holding} hold`]),
    ...(failing === 0 ? [] : [failing === 1 ? '1 does not hold' : `${failing} do not hold`]),
    ...(unproven === 0 ? [] : [`${unproven} cannot be proven by what is at hand`]),
  ].join(', ');
}

function shortId(imageId: string): string {
  return /^sha256:[0-9a-f]{64}$/.test(imageId) ? imageId.slice(7, 19) : imageId;
}
