import { escapeText } from '../../util/escape.ts';
import type { Colours } from '../framework/colours.ts';
import { wrap } from '../framework/wrap.ts';

/** Labelled facts, a line each; on a terminal that is too narrow they go on below, indented. */
export function formatFacts(
  facts: readonly (readonly [label: string, text: string])[],
  width: number | undefined,
  { bold }: Colours,
): string {
  const left = Math.max(...facts.map(([label]) => label.length));
  const indent = ' '.repeat(left + 2);
  return facts
    .map(([label, text]) => {
      const safe = escapeText(text);
      const lines = width === undefined ? [safe] : wrap(safe, Math.max(20, width - indent.length));
      return `${bold(label.padEnd(left))}  ${lines.join(`\n${indent}`)}\n`;
    })
    .join('');
}
