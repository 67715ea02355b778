import { tryParseNormalizedNamed } from '../../reference/parse.ts';
import type { CheckContext } from '../check-context.ts';
import type { Fix, RuleName } from '../finding.ts';
import { type Refusal, refusalOf } from '../refusal.ts';
import type { RawFinding, Rule } from '../rule.ts';

/** Files on which the daemon does not start. One cause each, so at most one of these rules fires. */

export const fileEmpty = refused('file-empty', 'proof', 'nothing is in the file');
export const fileCut = refused('file-cut', 'proof', 'the file ends in the middle');
export const fileNul = refused('file-nul', 'proof', 'NUL bytes stand where the store should be');
export const fileForeign = refused('file-foreign', 'proof', 'the file holds bytes of something else');
export const fileEncoding = refused('file-encoding', 'safe', 'a byte order mark, or UTF-16');
export const fileSyntax = refused('file-syntax', 'proof', 'the file is not valid JSON');
export const fileType = refused('file-type', 'proof', 'a value in the file has the wrong type');
export const fileNull = refused('file-null', 'proof', 'the file says null, on which the daemon crashes');
export const fileTooDeep = refused('file-too-deep', 'proof', 'more than 10000 brackets are open at once');

const maxNames = 20;

function refused(name: Refusal['rule'] & RuleName, fix: Fix, summary: string): Rule {
  return {
    name,
    severity: 'fatal',
    fix,
    category: 'file',
    summary,
    *check(context) {
      const refusal = refusalOf(context);
      if (refusal?.rule === name) yield describe(context, refusal);
    },
  };
}

function describe(
  context: CheckContext,
  { offset, daemonMessage, reason, fileType, word }: Refusal,
): RawFinding {
  const { entries, lost } = context.salvage;
  const torn = lost.flatMap(({ reference = '' }) => (names(reference) ? reference : [])).slice(0, maxNames);
  const begun = lost.find(({ beginning }) => beginning !== undefined)?.beginning;
  return {
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
function names(key: string): boolean {
  const parsed = tryParseNormalizedNamed(key);
  return parsed?.tag !== undefined || parsed?.digest !== undefined;
}
