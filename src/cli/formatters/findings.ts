import type { Finding, Summary } from '../../check/finding.ts';
import { formatFinding } from '../../check/format.ts';
import { shortId } from '../../check/message.ts';
import type { Severity } from '../../check/severity.ts';
import { isImageId } from '../../reference/digest.ts';
import { escapeText } from '../../util/escape.ts';
import type { Colours } from '../framework/colours.ts';
import { wrap } from '../framework/wrap.ts';

/** More of what is only worth knowing would bury what is wrong. */
const shownOfRule = 20;

/**
 * Findings for people: severity, rule and place on a line, then what it is. Fitted to a terminal, else a line each.
 * Of the severity info, and of images without a name, those of one rule beyond the first 20 are one line with their
 * number: a host has hundreds of such images after builds.
 */
export function formatFindings(
  findings: readonly Finding[],
  file: string,
  width: number | undefined,
  colours: Colours,
  isWhole = false,
): string {
  const seen = new Map<string, number>();
  const lines: string[] = [];
  for (const finding of findings) {
    const { rule, severity } = finding;
    const isCounted = severity === 'info' || rule === 'image-unnamed';
    const head = `${paintOf(severity, colours)(severity)} ${colours.bold(rule)}`;
    const before = isCounted ? (seen.get(head) ?? 0) : 0;
    if (isCounted) seen.set(head, before + 1);
    if (before < shownOfRule) lines.push(formatOne(finding, file, width, colours, isWhole));
  }
  for (const [head, count] of seen) {
    if (count <= shownOfRule) continue;
    const more = `… and ${count - shownOfRule} more of these (--json lists all)`;
    lines.push(`${head}: ${more}`);
  }
  return lines.map((line) => `${line}\n`).join('');
}

function formatOne(
  finding: Finding,
  file: string,
  width: number | undefined,
  colours: Colours,
  isWhole: boolean,
): string {
  const { severity, rule } = finding;
  const head = `${paintOf(severity, colours)(severity)} ${colours.bold(rule)}${placeOf(file, finding)}`;
  const message = isWhole ? withWholeIds(formatFinding(finding), finding) : formatFinding(finding);
  if (width === undefined) return `${head}: ${message}`;
  return [head, ...wrap(message, width - 2).map((line) => `  ${line}`)].join('\n');
}

/** Messages shorten image IDs; each that the finding has is put in whole. */
function withWholeIds(message: string, { imageId = '', args }: Finding): string {
  const ids = [imageId, ...Object.values(args).flat()].filter(
    (value) => typeof value === 'string' && isImageId(value),
  );
  return ids.reduce((text: string, id) => text.replaceAll(shortId(String(id)), String(id)), message);
}

function paintOf(severity: Severity, { red, yellow, dim }: Colours): (text: string) => string {
  return { fatal: red, error: red, warning: yellow, info: dim }[severity];
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
