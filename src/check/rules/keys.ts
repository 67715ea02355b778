import type { Fix, RuleName, Severity } from '../finding.ts';
import type { Rule } from '../rule.ts';
import type { Form } from '../stored-entry.ts';

/** Keys under which the daemon never finds anything, and that cannot be put right by moving them. */

export const keyNotReversible = oddKey('key-not-reversible', 'not-reversible', {
  summary: 'the familiar form of the key reads back to another repository',
});

export const keyWithoutTag = oddKey('key-without-tag', 'no-tag', {
  summary: 'a key with neither tag nor digest: never found',
});

export const keyTagAndDigest = oddKey('key-tag-and-digest', 'tag-and-digest', {
  summary: 'a key with tag and digest: listed, never found',
});

export const keyUnparsable = oddKey('key-unparsable', 'unparsable', {
  summary: 'a key that is no reference: it hides its whole repository',
});

export const nameSha256 = oddKey('name-sha256', 'sha256', {
  summary: 'a repository of the name sha256: reads as an image ID',
  severity: 'warning',
});

function oddKey(
  name: RuleName,
  form: Form,
  { summary, severity = 'error', fix = 'lossy' }: { summary: string; severity?: Severity; fix?: Fix },
): Rule {
  return {
    name,
    severity,
    fix,
    category: 'entries',
    summary,
    *check(context) {
      for (const entry of context.survey.malformed) {
        if (entry.form !== form) continue;
        const { repository, reference, imageId } = entry;
        const at = context.placeOf(entry);
        yield { repository, reference, imageId, ...(at && { at }) };
      }
    },
  };
}
