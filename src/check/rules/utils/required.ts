import type { RequiredReference } from '../../../facts/facts.ts';
import { InvalidReferenceError } from '../../../reference/invalid-reference-error.ts';
import { parseAnyReference } from '../../../reference/parse.ts';
import { familiarString, favorDigest } from '../../../reference/reference.ts';
import type { CheckContext } from '../../check-context.ts';
import { printable } from '../../printable.ts';

/** What the user requires: lists and compose files given with --require. */

export type OriginArgs = {
  readonly source: string;
  readonly line: number;
};

export function originOf({ source, line }: RequiredReference): OriginArgs {
  return { source, line };
}

/** `compose.yaml:12` */
export function origin({ source, line }: OriginArgs): string {
  return `${printable(source)}:${line}`;
}

/** Those whose variables all have a value. */
export function decidable({ facts: { required = [] } }: CheckContext): RequiredReference[] {
  return required.filter((reference) => reference.undecidable === undefined);
}

/** What the daemon would look for: an entry's key, or an image ID. A string says why it is neither. */
export function readRequired(text: string): { name?: string; imageId?: string } | string {
  try {
    const any = parseAnyReference(text);
    if (!('path' in any)) return { imageId: any.digest };
    return { name: familiarString(favorDigest(any)) };
  } catch (error) {
    if (error instanceof InvalidReferenceError) return error.reason;
    throw error;
  }
}
