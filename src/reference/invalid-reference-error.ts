import { RefstoreError } from '../errors.ts';

/** A string that Docker's grammar refuses. `reason` is Docker's own text. */
export class InvalidReferenceError extends RefstoreError {
  readonly input: string;
  readonly reason: string;

  constructor(input: string, reason: string) {
    super('INVALID_REFERENCE', `${quote(input)} is not a valid reference: ${reason}`, {
      hint: hintFor(input, reason),
      details: { input: clip(input), reason },
    });
    this.input = input;
    this.reason = reason;
  }
}

const maxLength = 200;

function clip(text: string): string {
  return text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
}

function quote(text: string): string {
  return JSON.stringify(clip(text));
}

function hintFor(input: string, reason: string): string | undefined {
  if (reason.includes('lowercase'))
    return `write the repository name in lower case: ${quote(lowered(clip(input)))}`;
  if (reason.includes('64-byte hexadecimal')) return 'this is an image ID; a reference needs a name';
  if (reason.includes('digest length'))
    return 'a sha256 digest has 64 hex digits; this one may have been cut';
  if (reason.includes('image ID')) return 'copy the whole ID: docker image ls --no-trunc, or refstore ls';
  return undefined;
}

/** The name in lower case; the tag keeps its case, as tags may have capitals. */
function lowered(input: string): string {
  const end = input.search(/(?::[^/]*)?(?:@.*)?$/);
  return input.slice(0, end).toLowerCase() + input.slice(end);
}
