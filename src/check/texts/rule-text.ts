import type { Finding } from '../finding.ts';
import { printable } from '../printable.ts';

/** What to do, and the command that does it where there is one. */
export interface Advice {
  readonly text: string;
  /** To be typed as it stands; words in capitals are to be replaced. */
  readonly command?: string;
}

export interface RuleText {
  /** One sentence, without a full stop: what was found, where, and what it does. */
  message(finding: Finding): string;
  /** For `explain`: what it means for the host. */
  readonly meaning: string;
  /** How it usually comes about. */
  readonly cause: string;
  readonly advice: readonly Advice[];
}

/** Advice that most rules share. */
export const repair: Advice = {
  text: 'Let refstore mend it; it shows its plan first and keeps the old file',
  command: 'refstore repair',
};

export const restart: Advice = {
  text: 'A running daemon does not notice: have it stopped for the write and started again',
  command: 'refstore repair --restart',
};

/** The entry: its key and, where that is not obvious, its bucket. */
export function entry({ repository = '', reference = '' }: Finding): string {
  const key = quoted(reference);
  return reference.startsWith(repository) ? key : `${key} in the repository ${quoted(repository)}`;
}

export function image({ imageId = '' }: Finding): string {
  return shortId(imageId);
}

/** `sha256:4d87d2244e11`, as docker shortens it; other strings as they are. */
export function shortId(imageId: string): string {
  return /^sha256:[a-f0-9]{64}$/.test(imageId) ? imageId.slice(0, 'sha256:'.length + 12) : quoted(imageId);
}

/** An argument of a finding as text for a sentence. */
export function arg(finding: Finding, name: string): string {
  const value = finding.args[name];
  return value === undefined ? '' : Array.isArray(value) ? list(finding, name) : printable(String(value));
}

export function numberOf(finding: Finding, name: string): number {
  const value = finding.args[name];
  return typeof value === 'number' ? value : 0;
}

export function items(finding: Finding, name: string): readonly string[] {
  const value = finding.args[name];
  return Array.isArray(value) ? value : [];
}

/** `a, b, c` */
export function list(finding: Finding, name: string): string {
  return items(finding, name).map(printable).join(', ');
}

/** `1 entry`, `3 entries` */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

export function quoted(text: string): string {
  return `"${printable(text)}"`;
}
