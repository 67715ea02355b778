import { printable } from '../repositories/quoted.ts';

/** Text from a file, a daemon or a user, made safe to print: what is unsafe becomes `\u001b` and the like. */
export function escapeText(text: string): string {
  return printable(text);
}

/** The same for a JSON text, of which it stays a spelling; JSON itself escapes only what is below U+0020. */
export function escapeJson(json: string): string {
  return printable(json);
}
