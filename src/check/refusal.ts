import type { RuleName } from './finding.ts';
import { firstWord, type Look, looksLike } from './looks-like.ts';
import { plainBytes } from './salvage/text-encoding.ts';
import type { Subject } from './subject.ts';

/** Why the daemon does not start on the file, as the rule that says it. */
export interface Refusal {
  readonly rule: Extract<RuleName, `file-${string}`>;
  readonly offset: number;
  /** Go's words (1.26). */
  readonly daemonMessage: string;
  /** Ours. */
  readonly reason: string;
  /** What the bytes from there on look like. */
  readonly look: Look;
  readonly word: string | undefined;
}

/** Undefined for a file that the daemon reads, and where there is nothing to read. */
export function refusalOf(subject: Subject): Refusal | undefined {
  const { bytes } = subject;
  if (bytes === undefined || subject.decoded !== undefined) return undefined;
  const { failure } = subject.scan;
  if (failure === undefined) return undefined;
  const { offset, daemonMessage, reason } = failure;
  const rest = bytes.subarray(offset);
  const rule = ruleOf(subject, bytes);
  return { rule, offset, daemonMessage, reason, look: looksLike(rest), word: firstWord(rest) };
}

/** How a text goes wrong when someone writes JSON by hand. */
const handWritten: ReadonlySet<Look> = new Set<Look>([
  'text',
  'white space',
  'nothing',
  'a merge conflict',
  'a piece of a reference store',
  "Python's or JavaScript's notation instead of JSON",
]);

function ruleOf(subject: Subject, bytes: Uint8Array): Refusal['rule'] {
  const { failure, topLevel, fields } = subject.scan;
  switch (failure?.kind) {
    case 'empty':
      return 'file-empty';
    case 'null':
      return 'file-null';
    case 'type':
      return 'file-type';
    default:
  }
  if (plainBytes(bytes).encoding !== undefined) return 'file-encoding';
  const offset = failure?.offset ?? 0;
  if (bytes[offset] === 0) return 'file-nul';
  if (failure?.daemonMessage.includes('max depth')) return 'file-too-deep';
  const isStore =
    topLevel === 'object' && (fields.length === 0 || fields.some((field) => field.isRepositories));
  if (failure?.kind === 'truncated') return isStore ? 'file-cut' : 'file-foreign';
  const look = looksLike(bytes.subarray(offset));
  const isOurs = handWritten.has(look) && (isStore || subject.salvage.entries.length > 0 || look !== 'text');
  return isOurs ? 'file-syntax' : 'file-foreign';
}
