import type { Change } from '../../repositories/change.ts';
import { impliedRepository } from '../../repositories/patch.ts';
import { escapeText } from '../../util/escape.ts';
import type { Colours } from '../framework/colours.ts';

/**
 * Changes for people, a line each: `+ REF IMAGE`, `- REF IMAGE`, `~ REF IMAGE -> IMAGE`. On a terminal that is
 * too narrow the image IDs get lines of their own; nothing is ever cut.
 */
export function formatChanges(
  changes: readonly Change[],
  width: number | undefined,
  colours: Colours,
): string {
  return changes.map((change) => `${formatChange(change, width, colours)}\n`).join('');
}

function formatChange(change: Change, width: number | undefined, colours: Colours): string {
  const { sign, colour } = signs[change.op];
  const name = escapeText(nameOf(change));
  const images = imagesOf(change).map(escapeText);
  const paint = colours[colour];
  const line = `${sign} ${name}  ${images.join(' -> ')}`;
  if (width === undefined || line.length <= width) return paint(line);
  return paint(
    [`${sign} ${name}`, ...images.map((image, i) => `    ${i > 0 ? '-> ' : ''}${image}`)].join('\n'),
  );
}

const signs = {
  add: { sign: '+', colour: 'green' },
  move: { sign: '~', colour: 'yellow' },
  remove: { sign: '-', colour: 'red' },
} as const;

/** The reference; with its repository where that is not the one it implies. */
function nameOf({ repository, reference }: Change): string {
  if (impliedRepository(reference) === repository) return reference;
  return `${JSON.stringify(reference)} in the repository ${JSON.stringify(repository)}`;
}

function imagesOf(change: Change): string[] {
  switch (change.op) {
    case 'add':
      return [change.image];
    case 'move':
      return [change.from, change.image];
    case 'remove':
      return [change.from];
  }
}

/** "2 added, 1 moved" */
export function countChanges(changes: readonly Change[]): string {
  const parts = (['add', 'move', 'remove'] as const).flatMap((op) => {
    const count = changes.filter((change) => change.op === op).length;
    return count === 0 ? [] : [`${count} ${{ add: 'added', move: 'moved', remove: 'removed' }[op]}`];
  });
  return parts.length === 0 ? 'no difference' : parts.join(', ');
}
