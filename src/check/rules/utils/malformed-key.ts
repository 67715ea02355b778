import type { CheckContext } from '../../check-context.ts';
import type { NoArgs, RawFinding } from '../../define-rule.ts';
import type { Form } from '../../stored-entry.ts';

/** Keys under which the daemon never finds anything, and that cannot be put right by moving them. */
export function* keysOfForm(context: CheckContext, form: Form): Generator<RawFinding<NoArgs>> {
  for (const entry of context.survey.malformed) {
    if (entry.form !== form) continue;
    const { repository, reference, imageId } = entry;
    const at = context.placeOf(entry);
    yield { repository, reference, imageId, ...(at && { at }) };
  }
}
