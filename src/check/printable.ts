import { escapeText as escaped } from '../util/escape.ts';

const maxLength = 300;

/** Text out of a file that anyone may have written, for a terminal: escaped as in JSON and cut to 300 characters. */
export function printable(text: string): string {
  return escaped(text.length > maxLength ? `${text.slice(0, maxLength)}…` : text);
}
