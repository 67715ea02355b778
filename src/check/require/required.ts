import { RefstoreError } from '../../errors.ts';
import type { RequiredReference } from '../../facts/facts.ts';
import { imageLines } from './image-lines.ts';
import { interpolate } from './interpolate.ts';

export interface RequiredOptions {
  /** The name of the file, for messages; its ending tells a compose file. */
  readonly source: string;
  /** Default: by the file's ending, else by whether there is an `image:`. */
  readonly format?: 'list' | 'compose';
  /** Values of variables in a compose file: the environment, or an .env file. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** More than any compose file or list of images has. */
const maxReferences = 100_000;

/**
 * The references that a file asks for: a list, one on each line with `#` comments, or the `image:` lines of a
 * compose file. Each once, at its first place. References are not checked here: a rule does.
 * @throws RefstoreError LIMIT_EXCEEDED
 */
export function parseRequired(text: string, options: RequiredOptions): RequiredReference[] {
  const isCompose = (options.format ?? formatOf(text, options.source)) === 'compose';
  const required = new Map<string, RequiredReference>();
  for (const reference of isCompose ? fromCompose(text, options) : fromList(text, options.source)) {
    if (!required.has(reference.reference)) required.set(reference.reference, reference);
  }
  if (required.size > maxReferences) {
    throw new RefstoreError(
      'LIMIT_EXCEEDED',
      `${options.source} names more than ${maxReferences} references`,
      {
        hint: 'is this the right file? It should be a list of references, or a compose file',
        details: { file: options.source, references: required.size, limit: maxReferences },
      },
    );
  }
  return [...required.values()];
}

function formatOf(text: string, source: string): 'list' | 'compose' {
  if (/\.(?:ya?ml|json)$/i.test(source)) return 'compose';
  return /^[ \t]*(?:-[ \t]+)?["']?image["']?[ \t]*:/m.test(text) ? 'compose' : 'list';
}

function fromList(text: string, source: string): RequiredReference[] {
  return text.split(/\r\n|\n|\r/).flatMap((line, index) => {
    const reference = line
      .replace(/^\ufeff/, '')
      .replace(/(?:^|\s)#.*$/, '')
      .trim();
    return reference === '' ? [] : [{ reference, source, line: index + 1 }];
  });
}

function fromCompose(text: string, { source, variables }: RequiredOptions): RequiredReference[] {
  return imageLines(text).map(({ image, line }) => {
    const result = interpolate(image, variables);
    if ('text' in result) return { reference: result.text, source, line };
    return { reference: image, source, line, undecidable: result.undecidable };
  });
}
