import type { Finding, Summary } from '../check/finding.ts';
import { formatFinding } from '../check/format.ts';
import type { Colours } from './colours.ts';
import { escapeText } from './escape.ts';
import { wrap } from './wrap.ts';

/** More of what is only worth knowing would bury what is wrong. */
const shownOfInfo = 20;

/**
 * Findings for people: severity, rule and place on a line, then what it is. Fitted to a terminal, else a line each.
 * Of the severity info, those of one rule beyond the first 20 are one line with their number.
 */
export function formatFindings(
  findings: readonly Finding[],
  file: string,
  width: number | undefined,
  colours: Colours,
): string {
  const seen = new Map<string, number>();
  const lines: string[] = [];
  for (const finding of findings) {
    const { rule, severity } = finding;
    const before = severity === 'info' ? (seen.get(rule) ?? 0) : 0;
    if (severity === 'info') seen.set(rule, before + 1);
    if (before < shownOfInfo) lines.push(formatOne(finding, file, width, colours));
  }
  for (const [rule, count] of seen) {
    if (count <= shownOfInfo) continue;
    const more = `… and ${count - shownOfInfo} more of these (--json lists all)`;
    lines.push(`${colours.dim('info')} ${colours.bold(rule)}: ${more}`);
  }
  return lines.map((line) => `${line}\n`).join('');
}

function formatOne(finding: Finding, file: string, width: number | undefined, colours: Colours): string {
  const { red, yellow, dim, bold } = colours;
  const paint = { fatal: red, error: red, warning: yellow, info: dim }[finding.severity];
  const head = `${paint(finding.severity)} ${bold(finding.rule)}${placeOf(file, finding)}`;
  const message = formatFinding(finding);
  if (width === undefined) return `${head}: ${message}`;
  return [head, ...wrap(message, width - 2).map((line) => `  ${line}`)].join('\n');
}

/** ` at FILE:LINE:COLUMN`, as editors read it. */
function placeOf(file: string, { at }: Finding): string {
  return at === undefined ? '' : ` at ${escapeText(file)}:${at.line}:${at.column}`;
}

/** `2 fatal, 1 info`; empty where there is nothing. */
export function countFindings(summary: Summary): string {
  return Object.entries(summary)
    .filter(([, count]) => count > 0)
    .map(([severity, count]) => `${count} ${severity}`)
    .join(', ');
}

/** For JSON: the data, and the sentence. */
export function findingDocuments(findings: readonly Finding[]): Readonly<Record<string, unknown>>[] {
  return findings.map((finding) => ({ ...finding, message: formatFinding(finding) }));
}
