import type { Location } from './define-rule.ts';
import { printable } from './printable.ts';

/** Pieces of messages. What comes from a file, a daemon or a user is escaped for terminals. */

/** The entry: its key and, where that is not obvious, its repository. */
export function entry({ repository = '', reference = '' }: Location): string {
  const key = quoted(reference);
  return reference.startsWith(repository) ? key : `${key} in the repository ${quoted(repository)}`;
}

export function image({ imageId = '' }: Location): string {
  return shortId(imageId);
}

/** `sha256:4d87d2244e11`, as docker shortens it; other strings as they are. */
export function shortId(imageId: string): string {
  return /^sha256:[a-f0-9]{64}$/.test(imageId) ? imageId.slice(0, 'sha256:'.length + 12) : quoted(imageId);
}

/** `a, b, c` */
export function list(items: readonly string[]): string {
  return items.map(printable).join(', ');
}

/** `1 entry`, `3 entries` */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

export function quoted(text: string): string {
  return `"${printable(text)}"`;
}
