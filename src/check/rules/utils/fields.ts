import type { ScannedField } from '../../../repositories/scan.ts';
import type { CheckContext } from '../../check-context.ts';

/** The fields of a file that the daemon reads and did not write itself. */
export function fieldsOf(context: CheckContext): readonly ScannedField[] {
  return context.decoded === undefined || context.isCanonical ? [] : context.scan.fields;
}
