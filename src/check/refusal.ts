import type { CheckContext } from './check-context.ts';
import { plainBytes } from './salvage/text-encoding.ts';
import { firstWord, type SniffedType, sniffFileType } from './sniff-file-type.ts';

/** The rules of which one says why the daemon does not start on a file. */
export type RefusedRule =
  | 'file-empty'
  | 'file-cut'
  | 'file-nul'
  | 'file-foreign'
  | 'file-encoding'
  | 'file-syntax'
  | 'file-type'
  | 'file-null'
  | 'file-too-deep';

/** Why the daemon does not start on the file, as the rule that says it. */
export interface Refusal {
  readonly rule: RefusedRule;
  readonly offset: number;
  /** Go's words (1.26). */
  readonly daemonMessage: string;
  /** Ours. */
  readonly reason: string;
  /** What the bytes from there on look like. */
  readonly fileType: SniffedType;
  readonly word: string | undefined;
}

/** Undefined for a file that the daemon reads, and where there is nothing to read. */
export function refusalOf(context: CheckContext): Refusal | undefined {
  const { bytes } = context;
  if (bytes === undefined || context.decoded !== undefined) return undefined;
  const { failure } = context.scan;
  if (failure === undefined) return undefined;
  const { offset, daemonMessage, reason } = failure;
  const rest = bytes.subarray(offset);
  const rule = ruleOf(context, bytes);
  return { rule, offset, daemonMessage, reason, fileType: sniffFileType(rest), word: firstWord(rest) };
}

/** How a text goes wrong when someone writes JSON by hand. */
const handWritten: ReadonlySet<SniffedType> = new Set<SniffedType>([
  'text',
  'white space',
  'nothing',
  'a merge conflict',
  'a piece of a reference store',
  "Python's or JavaScript's notation instead of JSON",
]);

function ruleOf(context: CheckContext, bytes: Uint8Array): Refusal['rule'] {
  const { failure, topLevel, fields } = context.scan;
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
  const fileType = sniffFileType(bytes.subarray(offset));
  const isOurs =
    handWritten.has(fileType) && (isStore || context.salvage.entries.length > 0 || fileType !== 'text');
  return isOurs ? 'file-syntax' : 'file-foreign';
}
