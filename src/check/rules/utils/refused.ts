import { tryParseNormalizedNamed } from '../../../reference/parse.ts';
import type { CheckContext } from '../../check-context.ts';
import type { RawFinding } from '../../define-rule.ts';
import { count, list, quoted } from '../../message.ts';
import { printable } from '../../printable.ts';
import { type RefusedRule, refusalOf } from '../../refusal.ts';

/** Files on which the daemon does not start. One cause each, so at most one of these rules fires. */

export type RefusedArgs = {
  /** In bytes. */
  readonly size: number;
  readonly daemonMessage: string;
  readonly reason: string;
  readonly fileType: string;
  /** With which the foreign bytes begin. */
  readonly word?: string;
  readonly whole: number;
  readonly lost: number;
  /** References whose entries are damaged. */
  readonly torn?: readonly string[];
  /** How a name begins that was cut off. */
  readonly begun?: string;
};

const maxNames = 20;

export function* refusedAs(context: CheckContext, rule: RefusedRule): Generator<RawFinding<RefusedArgs>> {
  const refusal = refusalOf(context);
  if (refusal?.rule !== rule) return;
  const { offset, daemonMessage, reason, fileType, word } = refusal;
  const { entries, lost } = context.salvage;
  const torn = lost.flatMap(({ reference = '' }) => (isKey(reference) ? reference : [])).slice(0, maxNames);
  const begun = lost.find(({ beginning }) => beginning !== undefined)?.beginning;
  yield {
    at: context.placeAt(offset),
    // In another encoding nothing is lost by itself, but bytes of it may be damaged too.
    ...(lost.length > 0 ? { fix: 'proof' } : {}),
    args: {
      size: context.bytes?.length ?? 0,
      daemonMessage,
      reason,
      fileType,
      ...(word === undefined ? {} : { word }),
      whole: entries.length,
      lost: lost.length,
      ...(torn.length === 0 ? {} : { torn }),
      ...(begun === undefined ? {} : { begun }),
    },
  };
}

/** Whether a damaged key is one that the store would have: other names in a broken file say nothing. */
function isKey(key: string): boolean {
  const parsed = tryParseNormalizedNamed(key);
  return parsed?.tag !== undefined || parsed?.digest !== undefined;
}

/** The end of each message about a file on which the daemon does not start. */
export function saved({ args: { daemonMessage, whole, torn = [], begun } }: { args: RefusedArgs }): string {
  const damaged = torn.length === 0 ? '' : `; damaged: ${list(torn)}`;
  const cutOff = begun === undefined ? '' : `; lost: a name that begins with ${quoted(begun)}`;
  const can =
    whole === 0 ? 'no entry can be read' : `${count(whole, 'whole entry', 'whole entries')} can be saved`;
  return `the daemon does not start (${printable(daemonMessage)}); ${can}${damaged}${cutOff}`;
}

/** "it looks like a list of settings, beginning with "server.port"" */
export function looksLike({ fileType, word }: Pick<RefusedArgs, 'fileType' | 'word'>): string {
  return `it looks like ${printable(fileType)}${word === undefined ? '' : `, beginning with ${quoted(word)}`}`;
}
